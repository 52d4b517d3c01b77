/** Customers who look like the one that is about to be created. */

import { read } from "./api.js";
import { CUSTOMERS } from "./customer.js";
import { fill, h } from "./dom.js";
import { hitRow } from "./hit.js";
import { typedWords } from "./match.js";
import { count } from "./words.js";

const PAUSE = 250;
// Where no date of birth parts people, names that are only alike are worth the question.
const ALIKE = 0.65;
const MOST = 5;

/** @param {AbortSignal} signal */
export function likelyPanel(signal) {
  const element = h("section.likely", {
    "aria-label": "Likely the same",
    hidden: true,
    tabindex: "-1",
  });
  let timer = 0;
  let accepted = "";
  let newest = "";

  /** @param {import("./customer.js").Values} values */
  function look(values) {
    clearTimeout(timer);
    timer = setTimeout(() => show(values).catch(() => {}), PAUSE);
  }

  /**
   * Whether somebody alike is there whom the person has not yet been asked about.
   * @param {import("./customer.js").Values} values
   */
  async function objects(values) {
    clearTimeout(timer);
    const text = textOf(values);
    if (text === accepted) return false;
    const hits = await show(values);
    accepted = text;
    if (!hits.length) return false;
    element.classList.add("asking");
    element.focus();
    return true;
  }

  /** @param {import("./customer.js").Values} values */
  async function show(values) {
    const text = textOf(values);
    newest = text;
    const found = text
      ? await read(`${CUSTOMERS}/search`, { q: text, mode: "fuzzy" }, signal)
      : { items: [] };
    const hits = found.items
      .filter((/** @type {any} */ hit) => hit.likely || (!values.dob && hit.score >= ALIKE))
      .slice(0, MOST);
    if (newest === text) draw(hits, text);
    return hits;
  }

  /**
   * @param {any[]} hits
   * @param {string} text
   */
  function draw(hits, text) {
    element.classList.remove("asking");
    element.hidden = !hits.length;
    fill(
      element,
      h("h2", null, hits.length === 1 ? "Is it this one?" : "Is it one of these?"),
      h(
        "p",
        { role: "status" },
        `${count(hits.length, "customer")} in the registry ${hits.length === 1 ? "looks" : "look"} alike.`,
      ),
      h(
        "ol.hits",
        null,
        hits.map((hit) => hitRow(hit, typedWords(text))),
      ),
      h("p.on-asking", null, h("button", { type: "submit" }, "It is somebody else: create")),
    );
  }

  return { element, look, objects };
}

/** @param {import("./customer.js").Values} values */
function textOf({ surname, name, dob, document_number }) {
  return [surname, name, dob, document_number].filter(Boolean).join(" ").slice(0, 200);
}
