/** All customers, page by page. */

import { read } from "./api.js";
import { may } from "./caller.js";
import { CUSTOMERS } from "./customer.js";
import { fill, h, one } from "./dom.js";
import { hitRow, markOpened, unscored } from "./hit.js";
import { paged } from "./paged.js";
import { nothing } from "./parts.js";

/**
 * @param {HTMLElement} place
 * @param {AbortSignal} signal
 */
export async function showAll(place, signal) {
  const list = h("ol.hits.all");
  const ask = (/** @type {string} */ cursor) => read(CUSTOMERS, { cursor, limit: 50 }, signal);
  const draw = (/** @type {any} */ page) => page.items.map(rowOf);
  const { more, show } = paged(list, ask, draw, emptyRegistry(), signal);
  const isPressed = place.contains(document.activeElement);
  fill(place, h("h2.list-title", null, "All customers"), list, more);
  await show("", isPressed);
}

/** @param {ParentNode} place */
export function isBrowsing(place) {
  return place.querySelector(".all") !== null;
}

/**
 * Shows one customer as it is now, and leaves the list where it is.
 * @param {ParentNode} place
 * @param {string} id
 * @param {any} customer null where nobody finds it any more
 */
export function showAnew(place, id, customer) {
  const list = one(".all", place);
  const row = rowsIn(list).find(({ dataset }) => dataset.id === id);
  if (!customer) row?.remove();
  else if (row) row.replaceWith(rowOf(customer));
  else insert(rowOf(customer), list, one(".more", place));
  markOpened(list);
}

/**
 * Puts a row where it belongs in the order of the list, if that is not on a later page.
 * @param {HTMLElement} row
 * @param {Element} list
 * @param {Element} more
 */
function insert(row, list, more) {
  const next = rowsIn(list).find(({ dataset }) => String(dataset.id) > String(row.dataset.id));
  if (next) return next.before(row);
  if (more.querySelector("button, .loading")) return;
  list.append(row);
  fill(more);
}

/**
 * @param {Element} list
 * @returns {HTMLElement[]}
 */
function rowsIn(list) {
  return /** @type {HTMLElement[]} */ ([...list.children]);
}

/** @param {any} customer */
function rowOf(customer) {
  const row = hitRow(unscored(customer));
  row.dataset.id = customer.id;
  markOpened(row);
  return row;
}

function emptyRegistry() {
  return nothing(
    "There are no customers yet.",
    may("customers") ? h("a.button", { href: "#/customers/new" }, "Create the first one") : null,
  );
}
