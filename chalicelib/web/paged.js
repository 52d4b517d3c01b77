/** A list that grows page by page. */

import { NoConnection } from "./api.js";
import { whenBack } from "./connection.js";
import { fill, h, one } from "./dom.js";
import { loading, trouble } from "./parts.js";

/**
 * `more` goes behind the list. `show` asks for the page at a cursor and appends it; `append` takes
 * one that is there already.
 * @param {Element} list
 * @param {(cursor: string) => Promise<any>} ask
 * @param {(page: any) => Element[]} draw
 * @param {import("./dom.js").Child} none what to say of an empty list
 * @param {AbortSignal} signal
 */
export function paged(list, ask, draw, none, signal) {
  const more = h("div.more");
  return { more, show, append };

  // The button that was pressed goes, and the focus with it.
  async function show(cursor = "", isPressed = more.contains(document.activeElement)) {
    fill(more, loading());
    try {
      append(await ask(cursor), isPressed);
    } catch (error) {
      if (signal.aborted) return;
      showTrouble(error, more, () => show(cursor), signal);
      if (isPressed && isLost()) one("button", more).focus();
    }
  }

  /** @param {any} page */
  function append(page, isPressed = false) {
    const added = draw(page);
    list.append(...added);
    const next = h("button", { type: "button", onclick: () => show(page.next) }, "Show more");
    fill(more, page.next ? next : list.children.length ? null : none);
    if (isPressed && isLost()) focus(added[0] ?? more);
  }
}

/** Whether the focus is nowhere: nobody moved it meanwhile. */
function isLost() {
  return document.activeElement === document.body;
}

/** @param {Element} item */
function focus(item) {
  const target = item.querySelector("a, summary") ?? /** @type {HTMLElement} */ (item);
  if (target === item) target.tabIndex = -1;
  target.focus();
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
