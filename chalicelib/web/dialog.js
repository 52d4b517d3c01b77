/** Dialogs: something to read, or one question. The browser keeps the focus inside. */

import { fill, h, one } from "./dom.js";

/**
 * @param {import("./dom.js").Child} title
 * @param {...import("./dom.js").Child} content
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, ...content) {
  const dialog = h(
    "dialog",
    { "aria-labelledby": "dialog-title", onclose: () => dialog.remove() },
    h("h2", { id: "dialog-title" }, title),
    content,
    content.some((part) => part instanceof HTMLFormElement)
      ? null
      : h(
          "div.actions",
          null,
          h("button", { type: "button", onclick: () => dialog.close() }, "Close"),
        ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** What it asks or tells is about the view below, which somebody left. */
export function closeDialog() {
  document.querySelector("dialog")?.close();
}

/**
 * Asks once. Escape is a no, and so is Enter without looking: the focus is on the way out.
 * @param {import("./dom.js").Child} title
 * @param {import("./dom.js").Child} text
 * @param {string} yes what the button says that does it
 * @returns {Promise<boolean>}
 */
export function ask(title, text, yes) {
  return new Promise((resolve) => {
    const form = h(
      "form",
      { method: "dialog" },
      h("p", null, text),
      h(
        "div.actions",
        null,
        h("button", { value: "", autofocus: true }, "Keep"),
        h("button.danger", { value: "yes" }, yes),
      ),
    );
    const dialog = openDialog(title, form);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

const notice = one("#notice");
const SAID_FOR = 4500;
const PER_LETTER = 40;
let timer = 0;

/**
 * Says what was done, for as long as one reads.
 * @param {...import("./dom.js").Child} words
 */
export function say(...words) {
  fill(notice, ...words);
  leaveSoon();
}

/** Not while nobody sees it: an answer may come when one already looks at another window. */
function leaveSoon() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(() => fill(notice), SAID_FOR + PER_LETTER * notice.textContent.length);
}

document.addEventListener("visibilitychange", leaveSoon);
