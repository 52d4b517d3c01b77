/** Customers who may be the one that is about to be created, or to be given their number. */

import { Problem, read } from "./api.js";
import { CUSTOMERS } from "./customer.js";
import { fill, h } from "./dom.js";
import { hitRow, unscored } from "./hit.js";
import { isComposing } from "./keys.js";
import { typedWords } from "./match.js";
import { sentence } from "./parts.js";
import { count } from "./words.js";

const PAUSE = 250;
// Names that are only alike are worth the question where no date of birth parts people, and names
// that are the same where the date may be a slip, though a namesake may well be born a digit away.
const ALIKE = 0.65;
const ALIKE_AND_BORN = 0.75;
const MOST = 5;
const MOST_LETTERS = 200;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

const CREATING = {
  names: ["surname", "name", "dob", "document_number"],
  others: "customer",
  yes: "It is somebody else: create",
  unknown: {
    title: "Nobody could look for the same person",
    why: "This customer may be there already.",
    yes: "Create all the same",
  },
};
// Whoever is on record already was told from those who look alike.
const EDITING = {
  names: ["document_number"],
  others: "other customer",
  yes: "It is somebody else: save",
  unknown: {
    title: "Nobody could look for the same number",
    why: "Somebody else may have this number already.",
    yes: "Save all the same",
  },
};

/**
 * @typedef {object} Likely
 * @property {any[]} same who has the same document number
 * @property {any[]} alike who else looks alike
 */

/**
 * @param {AbortSignal} signal
 * @param {string} [edited] the id of the customer who is changed; without one somebody is created
 */
export function likelyPanel(signal, edited) {
  const asks = edited ? EDITING : CREATING;
  const element = h("section.likely", {
    "aria-label": "Likely the same",
    hidden: true,
    tabindex: "-1",
    onkeydown: takeBackOnEscape,
  });
  /** @type {Element | null} */
  let cameFrom = null;
  let timer = 0;
  let accepted = "";
  let newest = "";

  /**
   * All that likely ones are found from.
   * @param {import("./customer.js").Values} values
   * @returns {import("./customer.js").Values}
   */
  function askedOf(values) {
    return Object.fromEntries(asks.names.map((name) => [name, values[name] ?? null]));
  }

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
    const question = JSON.stringify(askedOf(values));
    if (question === accepted) return false;
    const isThere = await show(values).then(
      ({ same, alike }) => same.length + alike.length > 0,
      drawUnknown,
    );
    accepted = question;
    if (!isThere) return false;
    cameFrom = document.activeElement;
    element.classList.add("asking");
    element.focus();
    return true;
  }

  /** As if nobody had been asked: what was typed stays, and the next try asks again. */
  function takeBack() {
    accepted = "";
    element.classList.remove("asking");
    if (cameFrom instanceof HTMLElement) cameFrom.focus();
  }

  /**
   * Escape would give up the whole form.
   * @param {KeyboardEvent} event
   */
  function takeBackOnEscape(event) {
    if (event.key !== "Escape" || isComposing(event)) return;
    if (!element.classList.contains("asking")) return;
    event.preventDefault();
    takeBack();
  }

  /** @param {import("./customer.js").Values} values */
  async function show(values) {
    const asked = askedOf(values);
    const question = JSON.stringify(asked);
    newest = question;
    const likely = await likelyOnes(asked, edited, signal);
    if (newest === question) draw(likely, asked);
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
      h("p", { role: "status" }, inWords(likely, asks.others)),
      h(
        "ol.hits",
        null,
        hits.map((hit) => hitRow(hit, words)),
      ),
      answers(asks.yes),
    );
  }

  /**
   * Nobody is kept from going on because the registry cannot search.
   * @param {unknown} error
   */
  function drawUnknown(error) {
    if (!(error instanceof Problem)) throw error;
    element.hidden = false;
    fill(
      element,
      h("h2", null, asks.unknown.title),
      h("p", { role: "status" }, `${sentence(error)} ${asks.unknown.why}`),
      answers(asks.unknown.yes),
    );
    return true;
  }

  /** @param {string} yes what the button says that goes on */
  function answers(yes) {
    return h(
      "p.on-asking",
      null,
      h("button", { type: "submit" }, yes),
      h("button", { type: "button", onclick: takeBack }, "Go on editing"),
    );
  }

  return { element, look, objects };
}

/**
 * @param {import("./customer.js").Values} values
 * @param {string | undefined} edited who is not somebody else
 * @param {AbortSignal} signal
 * @returns {Promise<Likely>}
 */
async function likelyOnes(values, edited, signal) {
  const [found, owners] = await Promise.all([
    hitsOf({ q: textOf(values), mode: "fuzzy" }, signal),
    hitsOf({ document_number: numberIn(values), mode: "exact" }, signal),
  ]);
  const same = owners
    .filter(({ id }) => id !== edited)
    .slice(0, MOST)
    .map((owner) => found.find(({ id }) => id === owner.id) ?? unscored(owner));
  const alike = found
    .filter((hit) => hit.likely || hit.score >= (values.dob ? ALIKE_AND_BORN : ALIKE))
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

/**
 * @param {Likely} likely
 * @param {string} others what they are called
 */
function inWords({ same, alike }, others) {
  const said = (/** @type {any[]} */ some, /** @type {[string, string]} */ [one, many]) =>
    some.length
      ? `${count(some.length, others)} in the registry ${some.length === 1 ? one : many}. `
      : "";
  return [
    said(same, ["has this document number", "have this document number"]),
    said(alike, ["looks alike", "look alike"]),
  ];
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
