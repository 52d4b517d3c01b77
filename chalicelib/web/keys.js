/**
 * Keys. An element says itself which one presses it: `data-key="e"`. Only what is on the screen
 * is pressed, so what a role may not do has no key either.
 */

import { may } from "./caller.js";
import { h } from "./dom.js";
import { openDialog } from "./dialog.js";
import { preferences } from "./preferences.js";

/** @type {[key: string, meaning: string, needs?: string][]} */
const KEYS = [
  ["/", "Find"],
  ["↓ ↑", "Through the customers that were found"],
  ["Enter", "Open the best of them"],
  ["n", "New customer, new field", "customers"],
  ["d", "Details of the customer", "history"],
  ["h", "History of the customer", "history"],
  ["e", "Edit the customer", "customers"],
  ["Ctrl Enter", "Save", "customers"],
  ["Esc", "Back, without saving"],
  ["?", "These keys"],
];

// The code of every key that an input method takes.
const COMPOSED = 229;

export function listenForKeys() {
  document.addEventListener("keydown", pressed);
}

/** The keys of whoever is there: what a role may not do has none. */
export function keyList() {
  return h(
    "dl.keys",
    null,
    KEYS.filter(([, , needs]) => !needs || may(needs)).map(([key, meaning]) =>
      h("div", null, h("dt", null, h("kbd", null, key)), h("dd", null, meaning)),
    ),
  );
}

/**
 * Whether a key is of a word that is still being composed, as of Japanese: it means nothing else.
 * @param {KeyboardEvent} event
 */
export function isComposing(event) {
  // Some browsers have ended the composition when its last key comes.
  return event.isComposing || event.keyCode === COMPOSED;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented || isComposing(event)) return;
  if (document.querySelector("dialog[open]")) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return save(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== "Escape" && (isTyping(event.target) || !preferences.shortcuts)) return;
  if (event.key === "?") return openDialog("Keys", keyList());
  const target = targetOf(event.key);
  if (!target || (event.key === "Escape" && isOfAnotherForm(target, event))) return;
  event.preventDefault();
  if (target instanceof HTMLInputElement) target.select();
  else target.click();
}

/**
 * A form is given up only from inside it: elsewhere Escape means something else.
 * @param {HTMLElement} target
 * @param {KeyboardEvent} event
 */
function isOfAnotherForm(target, event) {
  const form = target.closest("form");
  return form !== null && !form.contains(/** @type {Node} */ (event.target));
}

/** @param {KeyboardEvent} event */
function save(event) {
  const form = event.target instanceof Element && event.target.closest("form");
  if (form) form.requestSubmit();
}

/**
 * Whether a letter may be meant for where the focus is: n beside Yes and No, too.
 * @param {EventTarget | null} target
 */
function isTyping(target) {
  return (
    target instanceof HTMLElement &&
    target.matches("textarea, select, input:not([type=radio], [type=checkbox]), .fields input")
  );
}

/** @param {string} key */
function targetOf(key) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"));
  // The last one: the box before the link in the head that leads to it.
  return [...all].findLast((element) => element.dataset.key === key && element.checkVisibility());
}
