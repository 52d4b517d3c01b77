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
import { searchText } from "./find.js";
import { fieldInput } from "./field-input.js";
import { fieldForm, sendOrTell, unlessLeft } from "./form.js";
import { likelyPanel } from "./likely.js";
import { fullName, heading, isElsewhere, sinceThen } from "./parts.js";
import { startingValues } from "./prefill.js";
import { go, goInstead, to } from "./routes.js";

/** @typedef {import("./customer.js").Field} Field */
/** @typedef {import("./drafts.js").Draft} Draft */
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
  const aside = setAside();
  const typed = () => (draftOf(NEW) === aside ? undefined : draftOf(NEW));
  const draft = typed();
  const inputs = inputsFor(fields, draft ? {} : startingValues());
  refill(inputs, draft);
  const likely = likelyPanel(signal);
  const keyOf = keysByBody();
  const form = fieldForm({
    inputs,
    save: "Create",
    back: "#/",
    blamed: (name) => fieldNamed(name, fields)?.name,
    send: (values) =>
      sendOrTell(
        async () => {
          if (await likely.objects(values)) return;
          const sent = typed();
          // Nothing for a field that was left empty: it may be gone meanwhile.
          const body = bodyOf(differences({}, values));
          const created = await create(CUSTOMERS, body, keyOf(body)).catch((error) =>
            refused(error, { fields, signal }),
          );
          saved(created, "is in the registry.", { id: NEW, sent, signal });
        },
        late(NEW, /** @type {any} */ (values), signal),
      ),
  });
  form.addEventListener("input", () => {
    keepDraft(NEW, inputs, null);
    likely.look(typedSoFar(inputs));
  });
  dropOnCancel(NEW, form, aside);
  likely.element.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    if (opensHere(event)) leaveForLikely();
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
        back(),
        heading("New customer"),
        draft
          ? stillHere(h("button.small", { type: "button", onclick: startAnew }, "Start anew"))
          : null,
        aside ? offered(aside, form) : null,
      ),
      form,
    ),
  );
  likely.look(typedSoFar(inputs));
  inputs[0].focus();
}

/** One only looks, perhaps: the form is kept, and what was searched tells for whom. */
function leaveForLikely() {
  const draft = draftOf(NEW);
  if (draft) draft.leftFrom = searchText();
}

/**
 * What was typed for somebody who may have turned out to be there already. Where another one is
 * searched by now, it does not stand in the way of a form for that one.
 */
function setAside() {
  const draft = draftOf(NEW);
  return draft?.leftFrom !== undefined && draft.leftFrom !== searchText() ? draft : undefined;
}

/**
 * @param {Draft} aside
 * @param {HTMLElement} form that stands in its place, and where typing replaces it
 */
function offered(aside, form) {
  const [surname, name] = ["surname", "name"].map((one) => String(aside.entered[one]?.[0] ?? ""));
  const remark = h(
    "p.remark",
    { role: "status" },
    "What you typed for ",
    fullName({ surname: surname || "somebody", name }),
    " is kept until you type something here. ",
    h("button.small", { type: "button", onclick: () => bringBack(aside) }, "Show it"),
  );
  form.addEventListener("input", () => remark.remove(), { once: true });
  return remark;
}

/** @param {Draft} aside */
function bringBack(aside) {
  aside.leftFrom = undefined;
  go("#/customers/new");
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
  if (!current) {
    tellChange(id, null);
    return fill(place, nobody());
  }
  const draft = draftOf(id);
  const customer = draft?.record ?? current;
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
    send: (values) =>
      sendOrTell(
        async () => {
          if (await likely.objects(values)) return;
          await sendChange(values, { place, customer, fields, signal });
        },
        late(id, customer, signal),
      ),
  });
  const look = () => likely.look(typedSoFar(inputs.filter((input) => input.isTouched())));
  form.addEventListener("input", () => {
    keepDraft(id, inputs, customer);
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
  // Before it is needed: a connection may be slow by then, or away.
  stale().catch(() => {});
}

function stale() {
  return import("./stale.js");
}

/** @typedef {{place: HTMLElement, customer: any, fields: Field[], signal: AbortSignal}} Context */

/**
 * @param {Values} values
 * @param {Context} context
 */
async function sendChange(values, context) {
  const { customer, signal } = context;
  const { id } = customer;
  const changed = differences(valuesOf(customer), values);
  const sent = draftOf(id);
  if (!Object.keys(changed).length) return saved(customer, "is as it was.", { id, sent, signal });
  try {
    const now = await change(`${CUSTOMERS}/${id}`, bodyOf(changed), customer.version);
    saved(now, "is saved.", { id, sent, signal });
  } catch (error) {
    if (!(error instanceof Problem) || ![404, 412].includes(error.status)) return refused(error, context);
    await showChanged(values, context).catch(unlessLeft(signal));
    if (!signal.aborted) return;
    if (error.status === 404) tellChange(id, null);
    throw error;
  }
}

/**
 * What became of the customer meanwhile.
 * @param {Values} values
 * @param {Context} context
 */
async function showChanged(values, { place, customer, signal }) {
  const theirs = await read(`${CUSTOMERS}/${customer.id}`, {}, signal).catch(missing);
  if (!theirs) return gone(place, customer);
  // A field that is gone meanwhile was emptied by nobody.
  forgetFields();
  const fields = await customerFields();
  const all = { ...valuesOf(customer), ...values };
  const mine = Object.fromEntries(fields.map(({ name }) => [name, all[name] ?? null]));
  await showClash(place, mine, { customer, theirs, fields, signal });
}

/**
 * What is refused here may be right by the fields that the form was drawn from: where these have
 * changed it is drawn anew with what was typed, unless that would take the focus from the search.
 * @param {any} error
 * @param {{fields: Field[], signal: AbortSignal}} form
 * @returns {Promise<never>}
 */
async function refused(error, { fields, signal }) {
  if (error instanceof Problem && isAdded(error.field)) {
    forgetFields();
    const now = await customerFields().catch(() => fields);
    const isHere = !signal.aborted && !isElsewhere(one("#detail"));
    if (isHere && JSON.stringify(now) !== JSON.stringify(fields)) go(location.hash);
  }
  throw error;
}

/**
 * @param {HTMLElement} place
 * @param {Values} mine
 * @param {{customer: any, theirs: any, fields: Field[], signal: AbortSignal}} context
 */
async function showClash(place, mine, { customer, theirs, fields, signal }) {
  const last = await lastChange(customer.id, signal);
  const { showStale } = await stale();
  if (signal.aborted) return;
  const back = to("customers", customer.id);
  showStale(place, {
    before: valuesOf(customer),
    mine,
    theirs: valuesOf(theirs),
    who: [
      last
        ? [h("b", null, isolated(last.actor)), " at ", last.location, " changed "]
        : "Somebody changed ",
      fullName(theirs),
      " ",
      sinceThen(theirs.updated_at),
      ", after you opened it.",
    ],
    label: (name) => labelOf(name, fields),
    show: (name, value) => shown(value, fields.find((field) => field.name === name)?.type),
    back,
    send: (chosen) =>
      sendOrTell(
        () =>
          sendChange(
            { ...valuesOf(theirs), ...chosen },
            { place, customer: theirs, fields, signal },
          ),
        late(customer.id, theirs, signal),
      ),
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
  const history = await read(`${CUSTOMERS}/${id}/history`, { limit: 1 }, signal).catch(() => null);
  return history?.items[0] ?? null;
}

/**
 * @param {HTMLElement} place
 * @param {any} customer
 */
function gone(place, customer) {
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
        back(),
      ),
    ),
  );
  if (!isElsewhere()) title.focus();
}

/**
 * What is said of a customer who was refused when the form was already left.
 * @param {string} id of the draft
 * @param {any} customer
 * @param {AbortSignal} signal
 */
function late(id, customer, signal) {
  return { what: fullName(customer), kind: "customer", id, signal };
}

/**
 * @param {any} customer
 * @param {string} what was done
 * @param {{id: string, sent: Draft | undefined, signal: AbortSignal}} form
 */
function saved(customer, what, { id, sent, signal }) {
  dropSaved(id, sent);
  tellChange(customer.id, customer);
  if (!signal.aborted) goInstead(to("customers", customer.id));
  else if (showsAsBefore(id)) go(location.hash);
  say(fullName(customer), ` ${what}`);
}

/**
 * Whether one came back meanwhile to the form, or to the customer, and typed nothing since.
 * @param {string} id of the draft
 */
function showsAsBefore(id) {
  return location.hash.startsWith(to("customers", id)) && !draftOf(id);
}

/**
 * @param {Field[]} fields
 * @param {Values} values
 */
function inputsFor(fields, values) {
  return fields.map((field) => fieldInput(field, values[field.name] ?? null));
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

function back() {
  return h("a.back", { href: "#/" }, "Back to the search");
}
