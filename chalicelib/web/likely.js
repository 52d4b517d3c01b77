/** Customers who may be the one that is about to be created. */

import { Problem, read } from "./api.js";
import { CUSTOMERS } from "./customer.js";
import { fill, h } from "./dom.js";
import { hitRow, unscored } from "./hit.js";
import { typedWords } from "./match.js";
import { sentence } from "./parts.js";
import { count } from "./words.js";

const PAUSE = 250;
// Where no date of birth parts people, names that are only alike are worth the question.
const ALIKE = 0.65;
const MOST = 5;
const MOST_LETTERS = 200;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/**
 * @typedef {object} Likely
 * @property {any[]} same who has the same document number
 * @property {any[]} alike who else looks alike
 */

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
   * Whether somebody is there whom the person has not yet been asked about.
   * @param {import("./customer.js").Values} values
   */
  async function objects(values) {
    clearTimeout(timer);
    const question = questionOf(values);
    if (question === accepted) return false;
    const isThere = await show(values).then(
      ({ same, alike }) => same.length + alike.length > 0,
      drawUnknown,
    );
    accepted = question;
    if (!isThere) return false;
    element.classList.add("asking");
    element.focus();
    return true;
  }

  /** @param {import("./customer.js").Values} values */
  async function show(values) {
    const question = questionOf(values);
    newest = question;
    const likely = await likelyOnes(values, signal);
    if (newest === question) draw(likely, values);
    return likely;
  }

  /**
   * @param {Likely} likely
   * @param {import("./customer.js").Values} values
   */
  function draw(likely, values) {
    const hits = [...likely.same, ...likely.alike];
    const words = typedWords(`${textOf(values)} ${numberIn(values)}`);
    element.classList.remove("asking");
    element.hidden = !hits.length;
    fill(
      element,
      h("h2", null, hits.length === 1 ? "Is it this one?" : "Is it one of these?"),
      h("p", { role: "status" }, inWords(likely)),
      h(
        "ol.hits",
        null,
        hits.map((hit) => hitRow(hit, words)),
      ),
      h("p.on-asking", null, h("button", { type: "submit" }, "It is somebody else: create")),
    );
  }

  /**
   * Nobody is kept from creating because the registry cannot search.
   * @param {unknown} error
   */
  function drawUnknown(error) {
    if (!(error instanceof Problem)) throw error;
    element.hidden = false;
    fill(
      element,
      h("h2", null, "Nobody could look for the same person"),
      h("p", { role: "status" }, `${sentence(error)} This customer may be there already.`),
      h("p.on-asking", null, h("button", { type: "submit" }, "Create all the same")),
    );
    return true;
  }

  return { element, look, objects };
}

/**
 * @param {import("./customer.js").Values} values
 * @param {AbortSignal} signal
 * @returns {Promise<Likely>}
 */
async function likelyOnes(values, signal) {
  const [found, owners] = await Promise.all([
    hitsOf({ q: textOf(values), mode: "fuzzy" }, signal),
    hitsOf({ document_number: numberIn(values), mode: "exact" }, signal),
  ]);
  const same = owners
    .slice(0, MOST)
    .map((owner) => found.find(({ id }) => id === owner.id) ?? unscored(owner));
  const alike = found
    .filter((hit) => hit.likely || (!values.dob && hit.score >= ALIKE))
    .filter((hit) => !same.some(({ id }) => id === hit.id));
  return { same, alike: alike.slice(0, MOST - same.length) };
}

/**
 * @param {Record<string, string>} query where nothing is looked for, nobody is asked
 * @param {AbortSignal} signal
 * @returns {Promise<any[]>}
 */
async function hitsOf({ mode, ...looked }, signal) {
  if (!Object.values(looked).some(Boolean)) return [];
  return (await read(`${CUSTOMERS}/search`, { ...looked, mode }, signal)).items;
}

/** @param {Likely} likely */
function inWords({ same, alike }) {
  const said = (/** @type {any[]} */ some, /** @type {[string, string]} */ [one, many]) =>
    some.length
      ? `${count(some.length, "customer")} in the registry ${some.length === 1 ? one : many}. `
      : "";
  return [
    said(same, ["has this document number", "have this document number"]),
    said(alike, ["looks alike", "look alike"]),
  ];
}

/**
 * All that likely ones are found from.
 * @param {import("./customer.js").Values} values
 */
function questionOf({ surname, name, dob, document_number }) {
  return JSON.stringify([surname, name, dob, document_number]);
}

/**
 * Without the number: whoever has none yet, or had another one, would be less alike for it.
 * @param {import("./customer.js").Values} values
 */
function textOf({ surname, name, dob }) {
  return [surname, name, dob].filter(Boolean).join(" ").slice(0, MOST_LETTERS);
}

/** @param {import("./customer.js").Values} values */
function numberIn({ document_number }) {
  const number = String(document_number ?? "").slice(0, MOST_LETTERS);
  return LETTER_OR_DIGIT.test(number) ? number : "";
}
