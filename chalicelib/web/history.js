/** Everything that was ever done to one customer, newest first. */

import { read } from "./api.js";
import { may } from "./caller.js";
import { cardHead, missing, nobody } from "./card.js";
import { CUSTOMERS, customerFields, tellChange } from "./customer.js";
import { fill, h } from "./dom.js";
import { entryItem, lost } from "./entry.js";
import { paged } from "./paged.js";
import { fullName, heading } from "./parts.js";
import { undelete } from "./restore.js";

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} route
 * @param {AbortSignal} signal
 */
export async function showHistory(place, { id }, signal) {
  const path = `${CUSTOMERS}/${encodeURIComponent(id)}`;
  const ask = (cursor = "") => read(`${path}/history`, { cursor, limit: 50 }, signal);
  const [history, customer, fields] = await Promise.all([
    ask().catch(missing),
    read(path, {}, signal).catch(missing),
    customerFields(),
  ]);
  if (signal.aborted) return;
  if (!customer) tellChange(id, null);
  if (!history) return fill(place, nobody());
  const list = h("ol.timeline");
  const draw = (/** @type {any} */ page) =>
    page.items.map((/** @type {any} */ entry) => entryItem(entry, fields, { customer }));
  const { more, append } = paged(list, ask, draw, null, signal);
  append(history);
  fill(
    place,
    h(
      "article.card",
      null,
      customer ? cardHead(customer, "history") : goneHead(id, history.items),
      may("audit") ? whoSaw(id) : null,
      lost(history.missing),
      list,
      more,
    ),
  );
}

/** @param {string} id */
function whoSaw(id) {
  const href = `#/audit?${new URLSearchParams({ show: "access", customer: id })}`;
  return h("p.page-head", null, h("a", { href }, "Who saw this customer"));
}

/**
 * @param {string} id
 * @param {any[]} entries newest first
 */
function goneHead(id, entries) {
  return h(
    "header.card-head",
    null,
    h("a.back", { href: "#/", "data-key": "Escape" }, "Back to the search"),
    heading(lastName(entries) ?? "A customer"),
    h("p.remark", null, "The record is no longer here. This is what was done to it."),
    entries.some(({ withheld }) => withheld) ? null : undelete(id),
  );
}

/** @param {any[]} entries */
function lastName(entries) {
  const last = (/** @type {string} */ name) =>
    entries.map(({ before, after }) => after[name] ?? before[name]).find(Boolean);
  const surname = last("surname");
  return surname ? fullName({ surname, name: last("name") ?? null }) : null;
}
