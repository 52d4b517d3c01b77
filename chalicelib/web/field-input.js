/** One field of a form, drawn from its definition: what one types in it, and what is wrong with it. */

import { fill, h, isolated } from "./dom.js";
import { isDay } from "./words.js";

/**
 * @typedef {object} FieldInput
 * @property {string} name
 * @property {HTMLElement} element
 * @property {() => any} value raises a WrongValue
 * @property {(sentence: string) => void} blame shows what is wrong; "" clears it
 * @property {(...words: import("./dom.js").Child[]) => void} note says something beside it
 * @property {() => void} focus
 * @property {() => Entered} entered
 * @property {(entered: Entered) => void} enter
 * @property {() => boolean} isTouched whether it shows something else than it did at first
 */

/** @typedef {(string | boolean)[]} Entered what the inputs show, be it a value or not */

/** What was typed is no value of this field. */
export class WrongValue extends Error {}

const MAX_TEXT = 200;

/**
 * @param {import("./customer.js").Field} field
 * @param {import("./customer.js").Value} value
 * @returns {FieldInput}
 */
export function fieldInput(field, value) {
  const draw = CONTROLS[field.type] ?? textControl;
  const label = [
    isolated(field.label),
    field.required ? h("span.required", null, " (required)") : null,
  ];
  const hint = field.pattern ? ["Must match ", h("code", { dir: "ltr" }, field.pattern)] : null;
  const required = { "aria-required": String(field.required) };
  const drawn = (/** @type {Record<string, string>} */ attributes) =>
    draw(field, value, { ...attributes, ...required });
  const framed = frame(field.name, label, drawn, hint);
  return { ...framed, value: () => checked(field, framed.value()) };
}

/**
 * A control with its label, a hint, and room for what is wrong with it.
 * @param {string} name
 * @param {import("./dom.js").Child} label
 * @param {(attributes: Record<string, string>) => Control} draw
 * @param {import("./dom.js").Child} [hint]
 * @returns {FieldInput}
 */
export function frame(name, label, draw, hint) {
  const id = `field-${name}`;
  const error = h("p.error", { id: `${id}-error` });
  const control = draw({ id, name, "aria-describedby": error.id });
  const isGroup = control.element.tagName === "FIELDSET";
  if (isGroup) control.element.prepend(h("legend", null, label));
  const first = enteredIn(control.inputs);
  const shows = (/** @type {Entered} */ entered) =>
    String(enteredIn(control.inputs)) === String(entered);
  return {
    name,
    element: h(
      "div.field",
      { "data-field": name },
      isGroup ? null : h("label", { for: id }, label),
      control.element,
      hint ? h("p.hint", null, hint) : null,
      error,
    ),
    value: control.value,
    blame: (sentence) => {
      fill(error, sentence);
      for (const input of control.inputs)
        input.setAttribute("aria-invalid", String(Boolean(sentence)));
    },
    note: (...words) => {
      const note = h("p.hint", { id: `${id}-note` }, words);
      error.before(note);
      control.element.setAttribute("aria-describedby", `${note.id} ${error.id}`);
    },
    focus: () => control.inputs[0].focus(),
    entered: () => enteredIn(control.inputs),
    enter: (entered) => {
      enterInto(control.inputs, entered);
      // It was entered into a control of another type, and would empty this one.
      if (!shows(entered)) enterInto(control.inputs, first);
    },
    // A date of which a part is missing reads as none.
    isTouched: () => !shows(first) || control.inputs.some((input) => input.validity.badInput),
  };
}

/**
 * @param {any[]} inputs
 * @returns {Entered}
 */
function enteredIn(inputs) {
  return inputs.map((input) => (input.type === "radio" ? input.checked : input.value));
}

/**
 * @param {any[]} inputs
 * @param {Entered} entered
 */
function enterInto(inputs, entered) {
  inputs.forEach((input, at) => {
    if (input.type === "radio") input.checked = entered[at] === true;
    else input.value = entered[at] ?? "";
  });
}

/**
 * One of a few, all to be seen at once.
 * @param {[label: string, value: any][]} choices
 * @param {any} chosen
 * @param {Record<string, string>} attributes
 * @returns {Control}
 */
export function radios(choices, chosen, attributes) {
  const inputs = choices.map(([, value]) =>
    h("input", { type: "radio", name: attributes.name, checked: value === chosen }),
  );
  const labels = choices.map(([label], at) => h("label", null, inputs[at], label));
  return {
    element: h("fieldset.choices", { "aria-describedby": attributes["aria-describedby"] }, labels),
    inputs,
    value: () => choices[inputs.findIndex((input) => input.checked)]?.[1] ?? null,
  };
}

/**
 * @param {import("./customer.js").Field} field
 * @param {import("./customer.js").Value} value
 */
function checked(field, value) {
  if (value === null && field.required) throw new WrongValue(`${field.label} is required.`);
  return value;
}

/** @typedef {{element: HTMLElement, inputs: any[], value: () => any}} Control */
/** @typedef {(field: import("./customer.js").Field, value: any, attributes: Record<string, string>) => Control} Draw */

/** @type {Draw} */
function textControl(field, value, attributes) {
  const kind = { email: { inputmode: "email" }, phone: { type: "tel" } }[field.type] ?? {};
  const input = h("input", {
    type: "text",
    dir: "auto",
    maxlength: MAX_TEXT,
    autocomplete: "off",
    spellcheck: "false",
    value: asText(value),
    ...kind,
    ...attributes,
  });
  return { element: input, inputs: [input], value: () => input.value.trim() || null };
}

/** @type {Draw} */
function dateControl(field, value, attributes) {
  const isBirth = field.name === "dob";
  const limits = isBirth
    ? { min: "1850-01-01", max: new Date().toISOString().slice(0, 10) }
    : { max: "9999-12-31" };
  const isOther = value !== null && !isDay(String(value));
  const input = h("input", {
    // An input for dates would hide another value, and nobody could empty it.
    type: isOther ? "text" : "date",
    value: asText(value),
    ...limits,
    ...attributes,
  });
  return {
    element: input,
    inputs: [input],
    value: () => {
      if (input.validity.badInput || (input.value && !isDay(input.value)))
        throw new WrongValue(
          isOther
            ? "Write a day like 1984-02-29."
            : "This day does not exist, or a part of it is missing.",
        );
      if (isBirth && (input.validity.rangeUnderflow || input.validity.rangeOverflow)) {
        throw new WrongValue("Nobody here was born then: take a day from 1850 until today.");
      }
      return input.value || null;
    },
  };
}

/** @type {Draw} */
function numberControl(field, value, attributes) {
  const isWhole = field.type === "integer";
  const input = h("input", {
    type: "text",
    inputmode: isWhole ? "numeric" : "decimal",
    autocomplete: "off",
    value: asText(value),
    ...attributes,
  });
  return { element: input, inputs: [input], value: () => numberIn(input.value.trim(), isWhole) };
}

/**
 * Nothing is guessed: 1,000 means a thousand to one person and one to another.
 * @param {string} text
 * @param {boolean} isWhole
 */
function numberIn(text, isWhole) {
  if (!text) return null;
  const number = isWhole ? wholeIn(text) : decimalIn(text);
  if (number === null) throw new WrongValue(howToWrite(text, isWhole));
  return number;
}

/** @param {string} text */
function wholeIn(text) {
  const number = Number(text);
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(number) ? number : null;
}

/** @param {string} text */
function decimalIn(text) {
  const number = Number(text);
  // A stored 1e+21 is shown like that.
  const isPlain = /^[+-]?\d+(\.\d+)?$/.test(text) || text === String(number);
  return isPlain && Number.isFinite(number) ? number : null;
}

/**
 * @param {string} text
 * @param {boolean} isWhole
 */
function howToWrite(text, isWhole) {
  if (isWhole) return "Write a whole number of at most 15 digits and nothing else, like 1000.";
  if (text.includes(",")) return "Write it without a comma: 1000 for a thousand, 0.5 for a half.";
  return "Write a number, like 12.5.";
}

/** @type {Draw} */
function booleanControl(field, value, attributes) {
  const choices = /** @type {[string, any][]} */ ([
    ["Yes", true],
    ["No", false],
  ]);
  if (!field.required) choices.push(["Not known", null]);
  return radios(choices, value ?? null, attributes);
}

/** @type {Draw} */
function choiceControl(field, value, attributes) {
  // What was a number before is offered as text.
  const chosen = asText(value);
  const isOld = chosen !== null && !field.choices.includes(chosen);
  const select = h(
    "select",
    attributes,
    h("option", { value: "" }, "Not chosen"),
    isOld
      ? h("option", { value: chosen, selected: true }, `${chosen} (no longer offered)`)
      : null,
    field.choices.map((choice) =>
      h("option", { value: choice, selected: choice === chosen }, choice),
    ),
  );
  return { element: select, inputs: [select], value: () => select.value || null };
}

/**
 * A value of any type for an attribute; no attribute for none.
 * @param {any} value
 */
function asText(value) {
  return value === null ? null : String(value);
}

/** @type {Record<string, Draw>} */
const CONTROLS = {
  date: dateControl,
  number: numberControl,
  integer: numberControl,
  boolean: booleanControl,
  choice: choiceControl,
};
