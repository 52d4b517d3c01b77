/** Small pieces that several views show. */

import { NoConnection, Problem } from "./api.js";
import { h, isolated, unseen } from "./dom.js";
import { ago, moment } from "./words.js";

/**
 * @param {{surname: string, name: string | null}} customer
 * @param {string[]} [typed] where parts of it are to be marked
 * @param {(text: string, typed: string[]) => Node} [show]
 */
export function fullName(customer, typed = [], show = isolated) {
  return h(
    "span.name",
    null,
    h("b", null, show(customer.surname, typed)),
    customer.name ? [" ", show(customer.name, typed)] : null,
  );
}

/**
 * A moment, as long ago as it is, and exactly when one points at it.
 * @param {string | number} when
 */
export function sinceThen(when) {
  return h("time", { datetime: new Date(when).toISOString(), title: moment(when) }, ago(when));
}

/** @param {string | number} when */
export function at(when) {
  return h("time", { datetime: new Date(when).toISOString() }, moment(when));
}

/**
 * Whether somebody does something else while an answer comes, which takes no focus from that.
 * @param {Element} [form] that was sent, where it still shows
 */
export function isElsewhere(form) {
  const focused = document.activeElement;
  return focused !== document.body && focused?.id !== "detail" && !form?.contains(focused);
}

/**
 * An action for a button: a second press does nothing while the first is under way.
 * @param {() => Promise<void>} action
 */
export function onceAtATime(action) {
  let isUnderWay = false;
  return async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    await action().finally(() => (isUnderWay = false));
  };
}

export function loading() {
  return h("p.loading", { role: "status" }, "Loading …");
}

/**
 * @param {string} title
 * @param {...import("./dom.js").Child} rest
 */
export function nothing(title, ...rest) {
  return h("div.empty", null, h("p.empty-title", null, title), rest);
}

/**
 * A whole view that has nothing to show.
 * @param {string} title
 * @param {...import("./dom.js").Child} rest
 */
export function missingView(title, ...rest) {
  return h("div.empty", null, heading(title), rest);
}

/**
 * The head of a view. It takes the focus when the view opens, so that the next key goes on from
 * there.
 * @param {...import("./dom.js").Child} title
 */
export function heading(...title) {
  return h("h1", { tabindex: "-1" }, title);
}

/**
 * What went wrong, in words, and a way on.
 * @param {unknown} error
 * @param {() => void} again
 */
export function trouble(error, again) {
  return h(
    "div.trouble",
    { role: "alert" },
    h("p", null, sentence(error)),
    error instanceof Problem && error.requestId
      ? h("p.quiet.small", null, "Request ", h("code", null, error.requestId))
      : null,
    h("button", { type: "button", onclick: again }, "Try again"),
  );
}

/** @param {unknown} error */
export function sentence(error) {
  if (error instanceof NoConnection) return "There is no connection to the registry right now.";
  if (!(error instanceof Problem)) return "Something went wrong in this page.";
  if (error.status === 403) return "Your role may not do this.";
  if (error.status === 503) return `The registry cannot answer right now: ${error.message}.`;
  if (error.status >= 500) return "Something went wrong in the registry.";
  return `${error.message[0].toUpperCase()}${error.message.slice(1)}.`;
}

/**
 * @param {string} name
 * @param {[value: string, label: string][]} choices
 * @param {string} chosen
 * @param {string} legend
 * @param {(value: string) => void} [changed]
 */
export function segmented(name, choices, chosen, legend, changed = () => {}) {
  return h(
    "fieldset.segmented",
    { onchange: (/** @type {any} */ event) => changed(event.target.value) },
    h("legend", null, unseen(legend)),
    choices.map(([value, label]) =>
      h(
        "label",
        null,
        h("input", { type: "radio", name, value, checked: value === chosen }),
        h("span", null, label),
      ),
    ),
  );
}
