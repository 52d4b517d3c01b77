/** What locations decided for people, because none knew of the other: and how to undo it. */

import { read } from "./api.js";
import { customerFields, labelOf, shown } from "./customer.js";
import { fill, h, isolated } from "./dom.js";
import { paged } from "./paged.js";
import { at, fullName, heading, nothing } from "./parts.js";
import { putBack } from "./restore.js";
import { to } from "./routes.js";

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} _route
 * @param {AbortSignal} signal
 */
export async function showConflicts(place, _route, signal) {
  const fields = await customerFields();
  if (signal.aborted) return;
  const lists = [
    list(
      "api/customers/conflicts",
      (item) => conflict(item, fields),
      "No value was lost lately.",
      signal,
    ),
    list("api/customers/duplicates", claimed, "Every document number belongs to one customer.", signal),
  ];
  fill(
    place,
    h(
      "article.page",
      null,
      h("header.page-head", null, heading("Conflicts")),
      h("h2", null, "Values that lost"),
      h(
        "p.quiet",
        null,
        "Two locations changed the same value, and neither knew of the other. The later one stands.",
      ),
      lists[0].element,
      h("h2", null, "Document numbers claimed twice"),
      h("p.quiet", null, "The number belongs to whoever has had it longest, at every location."),
      lists[1].element,
    ),
  );
  await Promise.all(lists.map(({ show }) => show()));
}

/**
 * A list that grows page by page.
 * @param {string} path
 * @param {(item: any) => Element} draw
 * @param {string} none what to say of an empty one
 * @param {AbortSignal} signal
 */
function list(path, draw, none, signal) {
  const items = h("ol.timeline");
  const ask = (/** @type {string} */ cursor) => read(path, { cursor, limit: 30 }, signal);
  const { more, show } = paged(items, ask, (page) => page.items.map(draw), nothing(none), signal);
  return { element: h("div", null, items, more), show };
}

/**
 * @param {any} item
 * @param {import("./customer.js").Field[]} fields
 */
function conflict(item, fields) {
  return h(
    "li.entry",
    null,
    h(
      "p.entry-head",
      null,
      h("b.actor", null, isolated(item.actor)),
      " changed ",
      h("a", { href: to("customers", item.customer_id, "history") }, fullName(item)),
    ),
    h(
      "p.facts",
      null,
      h("span", null, at(item.written_at)),
      h("span", null, "at ", isolated(item.location)),
    ),
    h(
      "dl.changes",
      null,
      Object.keys(item.lost).map((name) => lostValue(name, item, fields)),
    ),
  );
}

/**
 * @param {string} name
 * @param {any} item
 * @param {import("./customer.js").Field[]} fields
 */
function lostValue(name, item, fields) {
  const type = fields.find((field) => field.name === name)?.type;
  return h(
    "div",
    null,
    h("dt", null, isolated(labelOf(name, fields))),
    h(
      "dd",
      null,
      h("del", null, "lost: ", shown(item.lost[name], type)),
      h("span.arrow", { "aria-hidden": "true" }, " → "),
      h("ins", null, "stands: ", shown(item.kept[name], type)),
      putBack(item.customer_id, item, [name]),
    ),
  );
}

/** @param {any} item */
function claimed({ document_number: number, holder, others }) {
  return h(
    "li.entry",
    null,
    h("p.entry-head", null, h("b", null, isolated(number))),
    h(
      "p.facts",
      null,
      h("span", null, "belongs to ", customerLink(holder)),
      others.map((/** @type {string} */ id) => h("span", null, "claimed by ", customerLink(id))),
    ),
  );
}

/** @param {string} id */
function customerLink(id) {
  return h("a", { href: to("customers", id) }, `customer …${id.slice(-6)}`);
}
