/** "Somebody changed this meanwhile": the person chooses for each field, and saves on top of that. */

import { fill, h } from "./dom.js";
import { choice, clashing } from "./compare.js";
import { whileHeld } from "./form.js";
import { heading, isElsewhere, sentence } from "./parts.js";

/**
 * @param {HTMLElement} place
 * @param {object} options
 * @param {Record<string, any>} options.before the values both started from
 * @param {Record<string, any>} options.mine
 * @param {Record<string, any>} options.theirs
 * @param {import("./dom.js").Child} options.who made the other change, and when
 * @param {(name: string) => string} options.label
 * @param {(name: string, value: any) => import("./dom.js").Child} options.show
 * @param {string} options.back
 * @param {(chosen: Record<string, any>) => Promise<void>} options.send
 */
export function showStale(place, { before, mine, theirs, who, label, show, back, send }) {
  const choices = clashing(before, mine, theirs).map((clash) =>
    choice({
      ...clash,
      label: label(clash.name),
      show: (/** @type {any} */ value) => show(clash.name, value),
    }),
  );
  const message = h("div.form-error", { role: "alert" });
  const title = heading("Somebody changed this meanwhile");
  const form = h(
    "form.card.stale",
    { novalidate: true, onsubmit: submit },
    h("header.card-head", null, title, h("p", null, who)),
    choices.length
      ? h("p", null, "Nothing is saved yet. Choose what each field shall be.")
      : h("p", null, "They made the same change. There is nothing left to save."),
    choices.map(({ element }) => element),
    message,
    h(
      "div.actions",
      null,
      choices.length ? h("button.primary", { type: "submit" }, "Save what is chosen") : null,
      h("a.button", { href: back, "data-key": "Escape" }, choices.length ? "Keep theirs" : "Go on"),
    ),
  );
  fill(place, form);
  if (!isElsewhere()) title.focus();

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    for (const one of choices.toReversed()) one.blame();
    if (!choices.every((one) => one.isDecided())) return;
    fill(message);
    const chosen = Object.fromEntries(choices.map((one) => [one.name, one.chosen()]));
    await whileHeld(form, () => send(chosen)).catch(tell);
  }

  /** @param {unknown} error */
  function tell(error) {
    fill(message, h("p", null, "Not saved. ", sentence(error)));
  }
}
