/** What was typed and not yet saved: leaving a form and coming back loses nothing. */

/**
 * @typedef {object} Draft
 * @property {Record<string, import("./field-input.js").Entered>} entered by the fields' names
 * @property {any} customer as it was when one began, null for a new one
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
 * @param {Draft} draft
 */
export function keepDraft(id, draft) {
  drafts.set(id, draft);
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

export function dropDrafts() {
  drafts.clear();
}

window.addEventListener("beforeunload", (event) => {
  if (drafts.size) event.preventDefault();
});
