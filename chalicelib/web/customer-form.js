/** Creating and editing a customer. */

import { Problem, change, create, keysByBody, read } from "./api.js";
import { may } from "./caller.js";
import { missing, nobody } from "./card.js";
import {
  CUSTOMERS,
  bodyOf,
  customerFields,
  differences,
  fieldNamed,
  forgetFields,
  isAdded,
  labelOf,
  shown,
  tellChange,
  valuesOf,
} from "./customer.js";
import { say } from "./dialog.js";
import { fill, h, one } from "./dom.js";
import { draftOf, dropDraft, keepDraft } from "./drafts.js";
import { fieldInput } from "./field-input.js";
import { fieldForm } from "./form.js";
import { likelyPanel } from "./likely.js";
import { fullName, heading, sinceThen } from "./parts.js";
import { startingValues } from "./prefill.js";
import { go, goInstead, to } from "./routes.js";
import { showStale } from "./stale.js";

/** @typedef {import("./customer.js").Field} Field */
/** @typedef {import("./customer.js").Values} Values */

const NEW = "new";

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} _route
 * @param {AbortSignal} signal
 */
export async function showNewCustomer(place, _route, signal) {
  const fields = await customerFields();
  if (signal.aborted) return;
  const draft = draftOf(NEW);
  const inputs = inputsFor(fields, draft ? {} : startingValues());
  refill(inputs, draft);
  const likely = likelyPanel(signal);
  const keyOf = keysByBody();
  const form = fieldForm({
    inputs,
    save: "Create",
    back: "#/",
    blamed: (name) => fieldNamed(name, fields)?.name,
    send: async (values) => {
      if (await likely.objects(values)) return;
      const created = await create(CUSTOMERS, bodyOf(values), keyOf(values)).catch(refused);
      saved(NEW, created, "is in the registry.");
    },
  });
  form.addEventListener("input", () => {
    keepDraft(NEW, { entered: enteredIn(inputs), customer: null });
    likely.look(typedSoFar(inputs));
  });
  dropOnCancel(NEW, form);
  likely.element.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (opensHere(event)) dropDraft(NEW);
  });
  one('[data-field="document_number"]', form).after(likely.element);
  fill(
    place,
    h(
      "article.card",
      null,
      h(
        "header.card-head",
        null,
        back("#/"),
        heading("New customer"),
        draft
          ? stillHere(h("button.small", { type: "button", onclick: startAnew }, "Start anew"))
          : null,
      ),
      form,
    ),
  );
  likely.look(typedSoFar(inputs));
  inputs[0].focus();
}

/** For the next person: from what was searched, if anything was. */
function startAnew() {
  dropDraft(NEW);
  go("#/customers/new");
}

/**
 * Whether a click leads from this view to another one.
 * @param {MouseEvent} event
 */
function opensHere(event) {
  const isLink = event.target instanceof Element && event.target.closest("a");
  return isLink && !(event.ctrlKey || event.metaKey || event.shiftKey);
}

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} route
 * @param {AbortSignal} signal
 */
export async function showEditCustomer(place, { id }, signal) {
  const [current, fields] = await Promise.all([
    read(`${CUSTOMERS}/${encodeURIComponent(id)}`, {}, signal).catch(missing),
    customerFields(),
  ]);
  if (signal.aborted) return;
  if (!current) return fill(place, nobody());
  const draft = draftOf(id);
  const customer = draft?.customer ?? current;
  const before = valuesOf(customer);
  const inputs = inputsFor(
    fields.map((field) => lenient(field, before)),
    before,
  );
  noteMisfits(inputs, before);
  refill(inputs, draft);
  const likely = likelyPanel(signal, id);
  const form = fieldForm({
    inputs,
    save: "Save",
    back: to("customers", id),
    blamed: (name) => fieldNamed(name, fields)?.name,
    // What nobody touched stays as it is, also where its control cannot show it.
    isMeant: (input) => input.isTouched(),
    send: async (values) => {
      if (await likely.objects(values)) return;
      await sendChange(values, { place, customer, fields, signal });
    },
  });
  const look = () => likely.look(typedSoFar(inputs.filter((input) => input.isTouched())));
  form.addEventListener("input", () => {
    keepDraft(id, { entered: enteredIn(inputs), customer });
    look();
  });
  dropOnCancel(id, form);
  one('[data-field="document_number"]', form).after(likely.element);
  fill(
    place,
    h(
      "article.card",
      null,
      h("header.card-head", null, heading("Edit ", fullName(customer)), draft ? stillHere() : null),
      form,
    ),
  );
  look();
  inputs[0].focus();
}

/**
 * @param {Values} values
 * @param {{place: HTMLElement, customer: any, fields: Field[], signal: AbortSignal}} context
 */
async function sendChange(values, { place, customer, fields, signal }) {
  const before = valuesOf(customer);
  const changed = differences(before, values);
  if (!Object.keys(changed).length) return saved(customer.id, customer, "is as it was.");
  try {
    saved(
      customer.id,
      await change(`${CUSTOMERS}/${customer.id}`, bodyOf(changed), customer.version),
      "is saved.",
    );
  } catch (error) {
    if (!(error instanceof Problem) || ![404, 412].includes(error.status)) return refused(error);
    const theirs = await read(`${CUSTOMERS}/${customer.id}`, {}, signal).catch(missing);
    if (!theirs) return gone(place, customer);
    showClash(
      place,
      { ...noValues(fields), ...before, ...values },
      { customer, theirs, fields, signal },
    );
  }
}

/**
 * What is refused here may have been right by the definition of the field that the form was drawn
 * from: the next form reads it anew.
 * @param {any} error
 * @returns {never}
 */
function refused(error) {
  if (error instanceof Problem && isAdded(error.field)) forgetFields();
  throw error;
}

/**
 * @param {HTMLElement} place
 * @param {Values} mine
 * @param {{customer: any, theirs: any, fields: Field[], signal: AbortSignal}} context
 */
async function showClash(place, mine, { customer, theirs, fields, signal }) {
  const last = await lastChange(customer.id, signal);
  if (signal.aborted) return;
  const back = to("customers", customer.id);
  showStale(place, {
    before: valuesOf(customer),
    mine,
    theirs: valuesOf(theirs),
    who: [
      last ? [h("b", null, last.actor), " at ", last.location, " changed "] : "Somebody changed ",
      fullName(theirs),
      " ",
      sinceThen(theirs.updated_at),
      ", after you opened it.",
    ],
    label: (name) => labelOf(name, fields),
    show: (name, value) => shown(value, fields.find((field) => field.name === name)?.type),
    back,
    send: (chosen) =>
      sendChange({ ...valuesOf(theirs), ...chosen }, { place, customer: theirs, fields, signal }),
  });
  dropOnCancel(customer.id, place);
}

/**
 * Who was it? Nice to know, but no reason to stop.
 * @param {string} id
 * @param {AbortSignal} signal
 */
async function lastChange(id, signal) {
  if (!may("history")) return null;
  const history = await read(`${CUSTOMERS}/${id}/history`, {}, signal).catch(() => null);
  return history?.items[0] ?? null;
}

/**
 * @param {HTMLElement} place
 * @param {any} customer
 */
function gone(place, customer) {
  dropDraft(customer.id);
  tellChange(customer.id, null);
  const title = heading("Somebody deleted this customer meanwhile");
  fill(
    place,
    h(
      "article.card",
      null,
      h(
        "header.card-head",
        null,
        title,
        h("p", null, "Your change to ", fullName(customer), " is not saved."),
      ),
      h(
        "div.actions",
        null,
        h("a.button", { href: to("customers", customer.id, "history") }, "See its history"),
        back("#/"),
      ),
    ),
  );
  title.focus();
}

/**
 * @param {string} draft
 * @param {any} customer
 * @param {string} what
 */
function saved(draft, customer, what) {
  dropDraft(draft);
  tellChange(customer.id, customer);
  goInstead(to("customers", customer.id));
  say(fullName(customer), ` ${what}`);
}

/**
 * @param {Field[]} fields
 * @param {Values} values
 */
function inputsFor(fields, values) {
  return fields.map((field) => fieldInput(field, values[field.name] ?? null));
}

/**
 * @param {Field[]} fields
 * @returns {Values}
 */
function noValues(fields) {
  return Object.fromEntries(fields.map(({ name }) => [name, null]));
}

/**
 * Says which stored values are not in the form, because their fields have another type now.
 * @param {import("./field-input.js").FieldInput[]} inputs
 * @param {Values} stored
 */
function noteMisfits(inputs, stored) {
  for (const input of inputs) {
    const value = stored[input.name] ?? null;
    if (value === null || String(quietly(input.value)) === String(value)) continue;
    input.note(
      "Stored is ",
      shown(value),
      ", which does not fit here. It stays until you enter something else.",
    );
  }
}

/**
 * Puts back what was entered before.
 * @param {import("./field-input.js").FieldInput[]} inputs
 * @param {import("./drafts.js").Draft | undefined} draft
 */
function refill(inputs, draft) {
  for (const input of inputs) {
    const entered = draft?.entered[input.name];
    if (entered) input.enter(entered);
  }
}

/** @param {import("./field-input.js").FieldInput[]} inputs */
function enteredIn(inputs) {
  return Object.fromEntries(inputs.map((input) => [input.name, input.entered()]));
}

/** @param {import("./dom.js").Child} [wayOut] */
function stillHere(wayOut) {
  return h(
    "p.remark",
    { role: "status" },
    "What you typed before is still here, not yet saved. ",
    wayOut,
  );
}

/**
 * @param {string} id of the draft
 * @param {Element} place that has a Cancel, which Escape presses
 */
function dropOnCancel(id, place) {
  one('[data-key="Escape"]', place).addEventListener("click", () => dropDraft(id));
}

/**
 * Nobody has to fill in a field that became required after the customer was created, only to
 * correct another one.
 * @param {Field} field
 * @param {Values} before
 */
function lenient(field, before) {
  return { ...field, required: field.required && (before[field.name] ?? null) !== null };
}

/**
 * @param {import("./field-input.js").FieldInput[]} inputs
 * @returns {Values}
 */
function typedSoFar(inputs) {
  return Object.fromEntries(inputs.map((input) => [input.name, quietly(input.value)]));
}

/** @param {() => import("./customer.js").Value} value */
function quietly(value) {
  try {
    return value();
  } catch {
    return null;
  }
}

/** @param {string} hash */
function back(hash) {
  return h("a.back", { href: hash }, "Back to the search");
}
