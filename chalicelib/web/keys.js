/**
 * Keys. An element says itself which one presses it: `data-key="e"`. Only what is on the screen
 * is pressed, so what a role may not do has no key either.
 */

import { h } from "./dom.js";
import { openDialog } from "./dialog.js";
import { preferences } from "./preferences.js";

const KEYS = [
  ["/", "Find"],
  ["↓ ↑", "Through the customers that were found"],
  ["Enter", "Open the best of them"],
  ["n", "New customer, new field"],
  ["d", "Details of the customer"],
  ["h", "History of the customer"],
  ["e", "Edit the customer"],
  ["Ctrl Enter", "Save"],
  ["Esc", "Back, without saving"],
  ["?", "These keys"],
];

export function listenForKeys() {
  document.addEventListener("keydown", pressed);
}

/** @param {[string, string][] | string[][]} [keys] */
export function keyList(keys = KEYS) {
  return h(
    "dl.keys",
    null,
    keys.map(([key, meaning]) =>
      h("div", null, h("dt", null, h("kbd", null, key)), h("dd", null, meaning)),
    ),
  );
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return save(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== "Escape" && (isTyping(event.target) || !preferences.shortcuts)) return;
  if (event.key === "?") return openDialog("Keys", keyList());
  const target = targetOf(event.key);
  if (!target) return;
  event.preventDefault();
  if (target instanceof HTMLInputElement) target.select();
  else target.click();
}

/** @param {KeyboardEvent} event */
function save(event) {
  const form = event.target instanceof Element && event.target.closest("form");
  if (form) form.requestSubmit();
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    target.matches("textarea, select, input:not([type=radio], [type=checkbox])")
  );
}

/** @param {string} key */
function targetOf(key) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"));
  // The last one: the box before the link in the head that leads to it.
  return [...all].findLast((element) => element.dataset.key === key && element.checkVisibility());
}
