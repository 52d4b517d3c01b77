/** Every change of every record, newest first. */

import { customerFields } from "./customer.js";
import { h, isolated } from "./dom.js";
import { ACTIONS, entryItem, lost } from "./entry.js";
import { actorFilter, filter, showFiltered } from "./filtered.js";
import { to } from "./routes.js";
import { showSeen } from "./seen.js";

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} route
 * @param {AbortSignal} signal
 */
export async function showAudit(place, { query }, signal) {
  if (query.get("show") === "access") return showSeen(place, query, signal);
  const fields = await customerFields();
  if (signal.aborted) return;
  const what = {
    tab: "Changes",
    about: h("span", null, "What was changed at any location."),
    controls: [actorFilter(query), actionFilter(query)],
    names: ["actor", "action"],
    path: "api/audit",
    draw: (/** @type {any} */ page) => entries(page, fields),
    one: "change",
    none: "Nothing was changed like that.",
  };
  await showFiltered(place, what, query, signal);
}

/** @param {URLSearchParams} query */
function actionFilter(query) {
  const chosen = query.get("action");
  const options = Object.entries(ACTIONS).map(([value, label]) =>
    h("option", { value, selected: value === chosen }, label),
  );
  const anything = h("option", { value: "" }, "anything");
  return filter("Did", h("select", { name: "action", id: "audit-action" }, anything, options));
}

/**
 * @param {any} page
 * @param {import("./customer.js").Field[]} fields
 */
function entries(page, fields) {
  const items = page.items.map((/** @type {any} */ entry) =>
    entryItem(entry, fields, { what: record(entry) }),
  );
  return page.missing ? [...items, lost(page.missing, "li")] : items;
}

/** @param {any} entry */
function record({ kind, record_id: id, before, after }) {
  if (kind === "field") return ["the field ", h("code", null, id)];
  const surname = after.surname ?? before.surname;
  return h(
    "a",
    { href: to("customers", id, "history") },
    surname ? isolated(surname) : `customer …${id.slice(-6)}`,
  );
}
