/** All customers, page by page. */

import { read } from "./api.js";
import { may } from "./caller.js";
import { CUSTOMERS } from "./customer.js";
import { fill, h } from "./dom.js";
import { hitRow, markOpened } from "./hit.js";
import { loading, nothing, trouble } from "./parts.js";

/**
 * @param {HTMLElement} place
 * @param {AbortSignal} signal
 */
export async function showAll(place, signal) {
  const list = h("ol.hits.all");
  const more = h("div.more");
  fill(place, h("h2.list-title", null, "All customers, oldest first"), list, more);
  await showPage(list, more, "", signal);
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
    const rows = page.items.map((/** @type {any} */ customer) => hitRow(customer));
    list.append(...rows);
    const next = h(
      "button",
      { type: "button", onclick: () => showPage(list, more, page.next, signal) },
      "Show more",
    );
    fill(more, page.next ? next : null);
    if (!list.children.length) fill(more, emptyRegistry());
    else rows[0]?.querySelector("a").focus();
    markOpened(list);
  } catch (error) {
    if (!signal.aborted)
      fill(
        more,
        trouble(error, () => showPage(list, more, cursor, signal)),
      );
  }
}

function emptyRegistry() {
  return nothing(
    "There are no customers yet.",
    may("customers") ? h("a.button", { href: "#/customers/new" }, "Create the first one") : null,
  );
}
