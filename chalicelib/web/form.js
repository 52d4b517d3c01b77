/** A form of fields: reads it whole, and puts each mistake beside the field that caused it. */

import { Problem } from "./api.js";
import { fill, h } from "./dom.js";
import { WrongValue } from "./field-input.js";
import { sentence } from "./parts.js";

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
    if (!values) return;
    form.ariaBusy = "true";
    try {
      await send(values);
    } catch (error) {
      show(error);
    } finally {
      form.ariaBusy = "false";
    }
  }

  /** @param {any} error */
  function show(error) {
    const name = error instanceof Problem ? blamed(error.field) : undefined;
    const input = inputs.find((one) => one.name === name);
    if (!input) return fill(message, h("p", null, "Not saved. ", sentence(error)));
    input.blame(inWords(error, input));
    input.focus();
  }
}

/**
 * What was typed, or null: then the first mistake has the focus.
 * @param {import("./field-input.js").FieldInput[]} inputs
 */
export function valuesIn(inputs) {
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
 * The API's sentence, with the name that the page gives the field.
 * @param {Problem} error
 * @param {import("./field-input.js").FieldInput} input
 */
function inWords(error, input) {
  const label = input.element.querySelector("label bdi, legend bdi")?.textContent ?? "";
  const start = `${error.field} `;
  const text = error.message.startsWith(start)
    ? `${label} ${error.message.slice(start.length)}`
    : sentence(error).replace(`'${error.field}'`, label);
  return text.endsWith(".") ? text : `${text}.`;
}
