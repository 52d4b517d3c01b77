/** What was typed and not yet saved: leaving a form and coming back loses nothing. */

import { h, one } from "./dom.js";

/** @typedef {import("./field-input.js").FieldInput} FieldInput */

/**
 * @typedef {object} Draft
 * @property {Record<string, import("./field-input.js").Entered>} entered by the fields' names
 * @property {any} record as it was when one began, null for a new one
 * @property {string} [leftFrom] what was searched when one left it for somebody who may be the same
 */

/** @type {Map<string, Draft>} */
const drafts = new Map();

/**
 * @param {string} id
 * @returns {Draft | undefined}
 */
export function draftOf(id) {
  return drafts.get(id);
}

/**
 * @param {string} id
 * @param {FieldInput[]} inputs
 * @param {any} record as it was when one began, null for a new one
 */
export function keepDraft(id, inputs, record) {
  const entered = Object.fromEntries(inputs.map((input) => [input.name, input.entered()]));
  drafts.set(id, { entered, record });
}

/**
 * Puts back what was entered before.
 * @param {FieldInput[]} inputs
 * @param {Draft | undefined} draft
 */
export function refill(inputs, draft) {
  for (const input of inputs) {
    const entered = draft?.entered[input.name];
    if (entered) input.enter(entered);
  }
}

/** @param {import("./dom.js").Child} [wayOut] */
export function stillHere(wayOut) {
  return h(
    "p.remark",
    { role: "status" },
    "What you typed before is still here, not yet saved. ",
    wayOut,
  );
}

/** @param {string} id */
export function dropDraft(id) {
  drafts.delete(id);
}

/**
 * What was saved is no draft any more. What was typed after it was sent still is.
 * @param {string} id
 * @param {Draft | undefined} sent
 */
export function dropSaved(id, sent) {
  if (drafts.get(id) === sent) drafts.delete(id);
}

/**
 * @param {string} id of the draft
 * @param {Element} place that has a Cancel, which Escape presses
 * @param {Draft} [other] that is not of this form
 */
export function dropOnCancel(id, place, other) {
  one('[data-key="Escape"]', place).addEventListener("click", () => {
    if (draftOf(id) !== other) dropDraft(id);
  });
}

export function dropDrafts() {
  drafts.clear();
}

// Nobody can save what was typed for a customer who is deleted.
document.addEventListener("changed", (event) => {
  const { id, customer } = /** @type {CustomEvent} */ (event).detail;
  if (!customer) dropDraft(id);
});

window.addEventListener("beforeunload", (event) => {
  if (drafts.size) event.preventDefault();
});
