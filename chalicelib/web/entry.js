/** One entry of the audit trail: who did what, where and when, as before and after. */

import { labelOf, shown, valuesOf } from "./customer.js";
import { h, isolated, unseen } from "./dom.js";
import { at } from "./parts.js";
import { putBack } from "./restore.js";
import { count } from "./words.js";

export const ACTIONS = /** @type {Record<string, string>} */ ({
  create: "created",
  update: "changed",
  delete: "deleted",
  restore: "restored",
  erase: "erased",
  repair: "repaired",
});

const PROPERTIES = /** @type {Record<string, string>} */ ({
  label: "Label",
  type: "Type",
  choices: "Choices",
  required: "Required",
  searchable: "Searched too",
  pattern: "Pattern",
  active: "Active",
});

/**
 * That the list has more, which cannot be shown.
 * @param {number} changes
 * @param {string} [tag]
 */
export function lost(changes, tag = "p") {
  if (!changes) return null;
  const are = count(changes, "change is", "changes are");
  return h(`${tag}.remark`, null, `${are} missing here: lost, or not to be read any more.`);
}

/**
 * @param {any} entry
 * @param {import("./customer.js").Field[]} fields
 * @param {object} [around]
 * @param {import("./dom.js").Child} [around.what] which record it was about
 * @param {any} [around.customer] as it is now, where the page shows one
 */
export function entryItem(entry, fields, { what, customer } = {}) {
  const names = Object.keys(entry.after).filter(
    (name) => !isEmpty(entry.before[name]) || !isEmpty(entry.after[name]),
  );
  return h(
    `li.entry.${entry.action}`,
    null,
    h(
      "p.entry-head",
      null,
      h("b.actor", null, actor(entry.actor)),
      ` ${ACTIONS[entry.action] ?? entry.action} `,
      what ??
        (entry.action === "update"
          ? count(names.length + entry.hidden.length, "value")
          : "the record"),
    ),
    h(
      "p.facts",
      null,
      h("span", null, at(entry.at)),
      h("span", null, "at ", isolated(entry.location)),
      h("span", null, entry.role.replaceAll("_", " ")),
    ),
    entry.withheld
      ? h("p.quiet", null, "The values are gone, because nobody may see them any more.")
      : null,
    entry.hidden.length
      ? h("p.quiet", null, `Of fields that are not active, not shown: ${count(entry.hidden.length, "value")}.`)
      : null,
    names.length
      ? h(
          "dl.changes",
          null,
          names.map((name) => changed(name, entry, fields, customer)),
        )
      : null,
  );
}

/** @param {string} name */
function actor(name) {
  return name.startsWith("sins/") ? `SINS itself (${name.slice(5)})` : isolated(name);
}

/**
 * @param {string} name
 * @param {any} entry
 * @param {import("./customer.js").Field[]} fields
 * @param {any} [customer] as it is now
 */
function changed(name, entry, fields, customer) {
  const type = fields.find((field) => field.name === name)?.type;
  const isLost = entry.superseded.includes(name);
  const stands =
    isLost && customer && (valuesOf(customer)[name] ?? null) === (entry.after[name] ?? null);
  const label = entry.kind === "field" ? (PROPERTIES[name] ?? name) : labelOf(name, fields);
  return h(
    "div",
    { class: isLost && !stands && "superseded" },
    h("dt", null, isolated(label)),
    h(
      "dd",
      null,
      entry.action === "create" && isEmpty(entry.before[name])
        ? null
        : [
            h("del", null, unseen("before: "), shown(entry.before[name], type)),
            h("span.arrow", { "aria-hidden": "true" }, " → "),
          ],
      h("ins", null, unseen("after: "), shown(entry.after[name], type)),
      isLost && !stands ? h("span.badge", null, "superseded") : null,
      isLost
        ? h(
            "p.small.quiet",
            null,
            "Another location wrote this field without knowing of this change, and later. ",
            stands ? "This value stands again." : "That value won.",
          )
        : null,
      isLost && !stands && entry.kind === "customer"
        ? putBack(entry.record_id, entry, [name], customer?.version)
        : null,
    ),
  );
}

/** @param {any} value */
function isEmpty(value) {
  return value === null || value === undefined || (Array.isArray(value) && !value.length);
}
