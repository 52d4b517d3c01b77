/** A form of fields: reads it whole, and puts each mistake beside the field that caused it. */

import { Problem } from "./api.js";
import { say } from "./dialog.js";
import { fill, h } from "./dom.js";
import { draftOf } from "./drafts.js";
import { WrongValue } from "./field-input.js";
import { isElsewhere, sentence } from "./parts.js";
import { count } from "./words.js";

/**
 * @param {object} options
 * @param {import("./field-input.js").FieldInput[]} options.inputs
 * @param {string} options.save what the button says
 * @param {string} options.back where Cancel leads
 * @param {(input: import("./field-input.js").FieldInput) => boolean} [options.isMeant] which inputs
 *   are read and sent
 * @param {(values: Record<string, any>) => Promise<void>} options.send
 * @param {(name: string | null) => string | undefined} options.blamed the input for a field of the API
 */
export function fieldForm({ inputs, save, back, isMeant = () => true, send, blamed }) {
  const message = h("div.form-error", { role: "alert" });
  const button = h("button.primary", { type: "submit" }, save);
  const form = h(
    "form.fields",
    { novalidate: true, autocomplete: "off", onsubmit: submit },
    inputs.map((input) => input.element),
    message,
    h("div.actions", null, button, h("a.button", { href: back, "data-key": "Escape" }, "Cancel")),
  );
  return form;

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    // The button stays enabled while it sends: a disabled one would lose the focus.
    if (form.ariaBusy === "true") return;
    fill(message);
    for (const input of inputs) input.blame("");
    const values = valuesIn(inputs.filter(isMeant));
    if (!values) return countMistakes();
    await whileHeld(form, () => send(values)).catch(show);
  }

  /** @param {any} error */
  function show(error) {
    const name = error instanceof Problem ? blamed(error.field) : undefined;
    const input = inputs.find((one) => one.name === name);
    if (!input) return fill(message, h("p", null, "Not saved. ", sentence(error)));
    input.blame(inWords(error, input));
    countMistakes();
    if (!isElsewhere(form)) input.focus();
  }

  /** Whoever hears the page is told nothing where the first mistake has the focus already. */
  function countMistakes() {
    const mistakes = form.querySelectorAll(".error:not(:empty)").length;
    const are = count(mistakes, "value is", "values are");
    fill(message, h("p", null, `Not saved. ${are} not right yet.`));
  }
}

/**
 * What would be typed while a form is being sent would be in no request: until there is an answer
 * it takes nothing. The focus stays where it is, which it would not in disabled inputs.
 * @param {HTMLFormElement} form
 * @param {() => Promise<void>} send
 */
export async function whileHeld(form, send) {
  hold(form, true);
  try {
    await send();
  } finally {
    hold(form, false);
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {boolean} isHeld
 */
function hold(form, isHeld) {
  form.ariaBusy = String(isHeld);
  // These cannot be read-only. What is chosen stays enabled, and with it the focus.
  for (const option of /** @type {NodeListOf<any>} */ (
    form.querySelectorAll("[type=radio], option")
  ))
    option.disabled = isHeld && !(option.checked || option.selected);
  for (const input of /** @type {NodeListOf<any>} */ (
    form.querySelectorAll("textarea, input:not([type=radio])")
  ))
    input.readOnly = isHeld;
}

/**
 * Sends. Whoever went on before they were refused is told why: no form can show it any more.
 * @param {() => Promise<void>} send
 * @param {object} late
 * @param {import("./dom.js").Child} late.what was to be saved
 * @param {string} late.kind what one calls it
 * @param {string} late.id of the draft that keeps what was typed
 * @param {AbortSignal} late.signal of the view that the form is in
 */
export async function sendOrTell(send, { what, kind, id, signal }) {
  try {
    await send();
  } catch (error) {
    if (!signal.aborted) throw error;
    const kept = draftOf(id) ? " What you typed is still in the form." : null;
    say(what, " is not saved. ", whyLate(error, kind), kept);
  }
}

/**
 * Lets an error pass that only says that a view was left.
 * @param {AbortSignal} signal of the view
 */
export function unlessLeft(signal) {
  return (/** @type {unknown} */ error) => {
    if (!signal.aborted) throw error;
  };
}

/**
 * @param {any} error
 * @param {string} kind
 */
function whyLate(error, kind) {
  if (error.name === "AbortError") return "You went on before it was sent.";
  if (error.status === 412) return `Somebody changed this ${kind} meanwhile.`;
  if (error.status === 404) return `Somebody deleted this ${kind} meanwhile.`;
  return sentence(error);
}

/**
 * What was typed, or null: then the first mistake has the focus.
 * @param {import("./field-input.js").FieldInput[]} inputs
 */
function valuesIn(inputs) {
  const values = /** @type {Record<string, any>} */ ({});
  let wrong = null;
  for (const input of inputs) {
    try {
      values[input.name] = input.value();
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      input.blame(error.message);
      wrong ??= input;
    }
  }
  wrong?.focus();
  return wrong ? null : values;
}

/**
 * The API's sentence, with the name that a person gave the field.
 * @param {Problem} error
 * @param {import("./field-input.js").FieldInput} input
 */
function inWords(error, input) {
  const label = input.element.querySelector("label bdi, legend bdi")?.textContent;
  const start = `${error.field} `;
  if (!label || !error.message.startsWith(start)) return sentence(error);
  return `${label} ${error.message.slice(start.length)}.`;
}
