/** All customers, page by page. */

import { NoConnection, read } from "./api.js";
import { may } from "./caller.js";
import { whenBack } from "./connection.js";
import { CUSTOMERS } from "./customer.js";
import { fill, h, one } from "./dom.js";
import { hitRow, markOpened, unscored } from "./hit.js";
import { loading, nothing, trouble } from "./parts.js";

/**
 * @param {HTMLElement} place
 * @param {AbortSignal} signal
 */
export async function showAll(place, signal) {
  const list = h("ol.hits.all");
  const more = h("div.more");
  fill(place, h("h2.list-title", null, "All customers"), list, more);
  await showPage(list, more, "", signal);
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
  return row;
}

/**
 * @param {Element} list
 * @param {Element} more
 * @param {string} cursor
 * @param {AbortSignal} signal
 */
async function showPage(list, more, cursor, signal) {
  fill(more, loading());
  try {
    const page = await read(CUSTOMERS, { cursor, limit: 50 }, signal);
    const rows = page.items.map(rowOf);
    list.append(...rows);
    const next = h(
      "button",
      { type: "button", onclick: () => showPage(list, more, page.next, signal) },
      "Show more",
    );
    fill(more, page.next ? next : null);
    if (!list.children.length) fill(more, emptyRegistry());
    // The button that was pressed is gone, and the focus with it.
    else if (document.activeElement === document.body) rows[0]?.querySelector("a").focus();
    markOpened(list);
  } catch (error) {
    if (!signal.aborted)
      showTrouble(error, more, () => showPage(list, more, cursor, signal), signal);
  }
}

/**
 * @param {unknown} error
 * @param {Element} more
 * @param {() => void} again pressed, or by itself once there is a connection: only one of both
 * @param {AbortSignal} signal
 */
function showTrouble(error, more, again, signal) {
  const over = new AbortController();
  const once = () => {
    over.abort();
    again();
  };
  fill(more, trouble(error, once));
  if (error instanceof NoConnection) whenBack(once, AbortSignal.any([signal, over.signal]));
}

function emptyRegistry() {
  return nothing(
    "There are no customers yet.",
    may("customers") ? h("a.button", { href: "#/customers/new" }, "Create the first one") : null,
  );
}
