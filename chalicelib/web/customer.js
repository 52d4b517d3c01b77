/** A customer as the page handles one: fields that all look alike, fixed and added ones. */

import { read } from "./api.js";
import { h, isolated } from "./dom.js";
import { age, count, day, isDay } from "./words.js";

/**
 * @typedef {object} Field
 * @property {string} name as the audit trail calls it: `dob`, `extra.language`
 * @property {string} label
 * @property {string} type
 * @property {boolean} required
 * @property {string[]} choices
 * @property {string | null} pattern
 */

/** @typedef {string | number | boolean | null} Value */
/** @typedef {Record<string, Value>} Values by the fields' names */

export const CUSTOMERS = "api/customers/items";
const EXTRA = "extra.";
const KNOWN_FOR = 30_000;

/** @type {Field[]} */
const FIXED = [
  { name: "surname", label: "Surname", type: "text", required: true },
  { name: "name", label: "Given name", type: "text" },
  { name: "dob", label: "Date of birth", type: "date" },
  { name: "document_number", label: "Document number", type: "text" },
].map((field) => ({ required: false, choices: [], pattern: null, ...field }));

/** @type {{fields: Promise<Field[]>, until: number} | null} */
let known = null;

/**
 * Every field of a customer. What was read a moment ago is still good: a form can be typed into
 * in the moment it is asked for.
 * @returns {Promise<Field[]>}
 */
export function customerFields() {
  if (!known || known.until < Date.now()) {
    known = { fields: readFields(), until: Date.now() + KNOWN_FOR };
    known.fields.catch(forgetFields);
  }
  return known.fields;
}

export function forgetFields() {
  known = null;
}

/** @returns {Promise<Field[]>} */
async function readFields() {
  const { items } = await read("api/customers/fields");
  const active = items.filter((/** @type {any} */ definition) => definition.active);
  return [...FIXED, ...active.map((/** @type {any} */ one) => ({ ...one, name: EXTRA + one.key }))];
}

/**
 * @param {any} customer
 * @returns {Values}
 */
export function valuesOf(customer) {
  const values = Object.fromEntries(FIXED.map(({ name }) => [name, customer[name] ?? null]));
  for (const [key, value] of Object.entries(customer.extra_fields)) values[EXTRA + key] = value;
  return values;
}

/**
 * The body of a request that writes these values.
 * @param {Values} values
 */
export function bodyOf(values) {
  const body = /** @type {any} */ ({});
  for (const [name, value] of Object.entries(values)) {
    if (!name.startsWith(EXTRA)) body[name] = value;
    else (body.extra_fields ??= {})[name.slice(EXTRA.length)] = value;
  }
  return body;
}

/**
 * The values that are not as they were. Only these are sent: what is not sent stays as it is,
 * also where another location changes it at this moment.
 * @param {Values} before
 * @param {Values} after
 * @returns {Values}
 */
export function differences(before, after) {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => value !== (before[name] ?? null)),
  );
}

/**
 * The field that the API names in an error: it calls `extra.language` plain `language`.
 * @param {string | null} name
 * @param {Field[]} fields
 */
export function fieldNamed(name, fields) {
  return fields.find((field) => field.name === name || field.name === EXTRA + name);
}

/**
 * Whether a field that the API names in an error is one that was added, here or meanwhile.
 * @param {string | null} name
 */
export function isAdded(name) {
  return name !== null && !fieldNamed(name, FIXED);
}

/**
 * @param {string} name as the audit trail has it
 * @param {Field[]} fields
 */
export function labelOf(name, fields) {
  return fields.find((field) => field.name === name)?.label ?? name.replace(EXTRA, "");
}

/**
 * Tells whoever shows customers that one is not as it was.
 * @param {string} id
 * @param {any} customer as it is now, null where nobody finds it any more
 */
export function tellChange(id, customer) {
  document.dispatchEvent(new CustomEvent("changed", { detail: { id, customer } }));
}

/**
 * A value for people.
 * @param {any} value
 * @param {string} [type]
 */
export function shown(value, type = "text") {
  if (value === null || value === undefined || value === "") return h("span.quiet", null, "empty");
  if (value === true) return "Yes";
  if (value === false) return "No";
  if (Array.isArray(value)) return isolated(value.join(", "));
  // A field's type can change: the values from before are still of the old one.
  const text = String(value);
  if (type === "date" && isDay(text)) return h("time", { datetime: text }, day(text));
  if (type === "email")
    return h("a", { href: `mailto:${encodeURIComponent(text)}` }, isolated(text));
  if (type === "phone")
    return h("a", { href: `tel:${text.replaceAll(/[^+\d]/g, "")}` }, isolated(text));
  return isolated(text);
}

/**
 * Born when, and so how old.
 * @param {string} dob
 * @param {string} [mark] around the day, where it was searched for
 */
export function born(dob, mark = "span") {
  return [h(mark, null, h("time", { datetime: dob }, day(dob))), `, ${count(age(dob), "year")}`];
}
