/** Adding a field to the customers, and changing one. */

import { Problem, change, create, keysByBody, read } from "./api.js";
import { missing } from "./card.js";
import { forgetFields, shown } from "./customer.js";
import { say } from "./dialog.js";
import { fill, h, isolated, one } from "./dom.js";
import {
  draftOf,
  dropDraft,
  dropOnCancel,
  dropSaved,
  keepDraft,
  refill,
  stillHere,
} from "./drafts.js";
import { fieldInput, frame, radios } from "./field-input.js";
import { FIELDS, TYPES } from "./fields.js";
import { fieldForm, sendOrTell, unlessLeft } from "./form.js";
import { heading, missingView, sinceThen } from "./parts.js";
import { go, goInstead, to } from "./routes.js";
import { showStale } from "./stale.js";

const NEW = "#/new-field";
const PROPERTIES = ["label", "type", "choices", "required", "pattern", "searchable", "active"];
const LEFT_ALONE = "left alone";
const LABELS = /** @type {Record<string, string>} */ ({
  key: "Key",
  label: "Label",
  type: "Type",
  choices: "Choices, one a line",
  required: "Required",
  pattern: "Pattern",
  searchable: "Searched too",
  active: "State",
});

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} _route
 * @param {AbortSignal} signal
 */
export async function showNewField(place, _route, signal) {
  const blank = {
    key: "",
    label: "",
    type: "text",
    choices: [],
    required: false,
    pattern: null,
    searchable: false,
    active: true,
  };
  const draft = draftOf(NEW);
  const keyOf = keysByBody();
  const inputs = [
    textInput("label", ""),
    keyInput(),
    ...propertyInputs(blank),
    activeInput(true, true),
  ];
  refill(inputs, draft);
  const form = fieldForm({
    inputs,
    save: "Create",
    back: "#/fields",
    blamed: (name) => name ?? undefined,
    send: (values) =>
      sendOrTell(
        async () => {
          const sent = draftOf(NEW);
          const created = await create(FIELDS, values, keyOf(values));
          // The key of a field that was deleted: the values of its customers were only hidden.
          const what =
            created.version > 1
              ? "is a field again. Values from before it was deleted are shown again, if there are any."
              : "is a field now.";
          saved(created, what, { id: NEW, sent, signal });
        },
        late(NEW, values, signal),
      ),
  });
  suggestKey(form);
  showForTypes(form);
  keepTyped(NEW, form, inputs, null);
  const again = draft
    ? stillHere(h("button.small", { type: "button", onclick: startAnew }, "Start anew"))
    : null;
  fill(place, page([heading("New field"), again], form));
  inputs[0].focus();
}

function startAnew() {
  dropDraft(NEW);
  go(NEW);
}

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} route
 * @param {AbortSignal} signal
 */
export async function showEditField(place, { id: key }, signal) {
  const current = await read(`${FIELDS}/${encodeURIComponent(key)}`, {}, signal).catch(missing);
  if (signal.aborted) return;
  const id = to("fields", key);
  if (!current) {
    dropDraft(id);
    return fill(
      place,
      missingView("This field is not here.", h("a.button", { href: "#/fields" }, "See all fields")),
    );
  }
  const draft = draftOf(id);
  const definition = draft?.record ?? current;
  const inputs = [
    textInput("label", definition.label),
    ...propertyInputs(definition),
    activeInput(definition.active, false),
  ];
  refill(inputs, draft);
  const form = fieldForm({
    inputs,
    save: "Save",
    back: "#/fields",
    blamed: (name) => name ?? undefined,
    send: (values) =>
      sendOrTell(() => sendChange(values, place, definition, signal), late(id, definition, signal)),
  });
  showForTypes(form);
  keepTyped(id, form, inputs, definition);
  fill(
    place,
    page(
      [
        heading("Edit ", isolated(definition.label)),
        h("p.facts", null, h("span", null, "Key ", h("code", null, key))),
        draft ? stillHere() : null,
      ],
      form,
    ),
  );
  inputs[0].focus();
}

/**
 * @param {string} id of the draft
 * @param {HTMLFormElement} form
 * @param {import("./field-input.js").FieldInput[]} inputs
 * @param {any} definition as it was when one began, null for a new one
 */
function keepTyped(id, form, inputs, definition) {
  form.addEventListener("input", () => keepDraft(id, inputs, definition));
  dropOnCancel(id, form);
}

/**
 * @param {Record<string, any>} values
 * @param {HTMLElement} place
 * @param {any} definition
 * @param {AbortSignal} signal
 */
async function sendChange(values, place, definition, signal) {
  const changed = Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) =>
        value !== LEFT_ALONE && JSON.stringify(value) !== JSON.stringify(definition[name]),
    ),
  );
  const id = to("fields", definition.key);
  const sent = draftOf(id);
  if (!Object.keys(changed).length) return saved(definition, "is as it was.", { id, sent, signal });
  const path = `${FIELDS}/${definition.key}`;
  try {
    const now = await change(path, changed, definition.version);
    saved(now, "is saved.", { id, sent, signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) dropDraft(id);
    if (!(error instanceof Problem) || error.status !== 412) throw error;
    const theirs = await read(path, {}, signal).catch(unlessLeft(signal));
    if (signal.aborted) throw error;
    showStale(place, {
      before: properties(definition),
      mine: { ...properties(definition), ...changed },
      theirs: properties(theirs),
      who: [
        "Somebody changed ",
        isolated(theirs.label),
        " ",
        sinceThen(theirs.updated_at),
        ", after you opened it.",
      ],
      label: (name) => LABELS[name],
      show: (name, value) =>
        name === "type" ? TYPES[value] : shown(value?.length === 0 ? null : value),
      back: "#/fields",
      send: (chosen) =>
        sendOrTell(() => sendChange(chosen, place, theirs, signal), late(id, theirs, signal)),
    });
    dropOnCancel(id, place);
  }
}

/** @param {any} definition */
function properties(definition) {
  return Object.fromEntries(PROPERTIES.map((name) => [name, definition[name]]));
}

/**
 * What is said of a field that was refused when the form was already left.
 * @param {string} id of the draft
 * @param {any} definition
 * @param {AbortSignal} signal
 */
function late(id, { label }, signal) {
  return { what: isolated(label), kind: "field", id, signal };
}

/**
 * @param {any} definition
 * @param {string} what
 * @param {{id: string, sent: import("./drafts.js").Draft | undefined, signal: AbortSignal}} form its
 *   draft, and the signal that it was left
 */
function saved(definition, what, { id, sent, signal }) {
  dropSaved(id, sent);
  forgetFields();
  if (!signal.aborted || location.hash === "#/fields") goInstead("#/fields");
  else if (location.hash === id && !draftOf(id)) go(id);
  say(isolated(definition.label), ` ${what}`);
}

/**
 * @param {import("./dom.js").Child} head
 * @param {HTMLElement} form
 */
function page(head, form) {
  return h("article.card", null, h("header.card-head", null, head), form);
}

/** @param {any} definition */
function propertyInputs({ type, choices, pattern, required, searchable }) {
  return [
    typeInput(type),
    whereShown(linesInput(choices), []),
    whereShown(textInput("pattern", pattern), null),
    yesOrNo("required", required),
    whereShown(yesOrNo("searchable", searchable, "A search looks into this field too."), false),
  ];
}

/**
 * What the type has not is hidden, and so would be what is wrong with it: its value is none.
 * @param {import("./field-input.js").FieldInput} input
 * @param {any} none
 */
function whereShown(input, none) {
  return { ...input, value: () => (input.element.hidden ? none : input.value()) };
}

/**
 * @param {string} name
 * @param {string | null} value
 */
function textInput(name, value) {
  const required = name !== "pattern";
  return fieldInput(
    { name, label: LABELS[name], type: "text", required, choices: [], pattern: null },
    value,
  );
}

function keyInput() {
  const input = textInput("key", null);
  one("input", input.element).dir = "ltr";
  input.element.append(
    h("p.hint", null, "What programs call it: a to z, digits and _. It cannot be changed later."),
  );
  return input;
}

/** @param {string} type */
function typeInput(type) {
  return frame("type", LABELS.type, (attributes) => {
    const options = Object.entries(TYPES).map(([value, label]) =>
      h("option", { value, selected: value === type }, label),
    );
    const select = h("select", attributes, options);
    return { element: select, inputs: [select], value: () => select.value };
  });
}

/** @param {string[]} choices */
function linesInput(choices) {
  return frame("choices", LABELS.choices, (attributes) => {
    const area = h("textarea", { rows: 5, dir: "auto", ...attributes }, choices.join("\n"));
    const lines = () =>
      area.value
        .split("\n")
        .map((/** @type {string} */ line) => line.trim())
        .filter(Boolean);
    return { element: area, inputs: [area], value: lines };
  });
}

/**
 * @param {string} name
 * @param {boolean} value
 * @param {string} [hint]
 */
function yesOrNo(name, value, hint) {
  const answers = /** @type {[string, any][]} */ ([
    ["Yes", true],
    ["No", false],
  ]);
  return frame(name, LABELS[name], (attributes) => radios(answers, value, attributes), hint);
}

/**
 * Active, inactive, or left alone: then nothing is said about it, and what another location makes
 * of it at this moment stands.
 * @param {boolean} active
 * @param {boolean} isNew
 */
function activeInput(active, isNew) {
  const states = /** @type {[string, any][]} */ ([
    ["Active", true],
    ["Inactive", false],
  ]);
  if (!isNew) states.unshift([`Leave as it is (${active ? "active" : "inactive"})`, LEFT_ALONE]);
  const hint = "An inactive field is not shown. Its values are kept.";
  return frame(
    "active",
    LABELS.active,
    (attributes) => radios(states, states[0][1], attributes),
    hint,
  );
}

/**
 * Until somebody writes a key of their own, it follows the label.
 * @param {HTMLFormElement} form
 */
function suggestKey(form) {
  const label = one("#field-label", form);
  const key = one("#field-key", form);
  let isOwn = key.value !== "" && key.value !== keyOf(label.value);
  key.addEventListener("input", () => (isOwn = key.value !== ""));
  label.addEventListener("input", () => {
    if (!isOwn) key.value = keyOf(label.value);
  });
}

/** @param {string} label */
function keyOf(label) {
  const plain = label.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 63);
}

/**
 * Choices, pattern and search only show where the type has them.
 * @param {HTMLFormElement} form
 */
function showForTypes(form) {
  const type = one("#field-type", form);
  const update = () => {
    one('[data-field="choices"]', form).hidden = type.value !== "choice";
    one('[data-field="pattern"]', form).hidden = !["text", "email", "phone"].includes(type.value);
    const isSearched = !["number", "integer", "boolean"].includes(type.value);
    one('[data-field="searchable"]', form).hidden = !isSearched;
  };
  type.addEventListener("change", update);
  update();
}
