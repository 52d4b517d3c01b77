/**
 * Finding: one box, answers while one types. An answer that comes after a newer question is
 * dropped, and nothing here ever keeps a key from the box.
 */

import { read } from "./api.js";
import { isBrowsing, showAll, showAnew } from "./browse.js";
import { may } from "./caller.js";
import { whenBack } from "./connection.js";
import { CUSTOMERS } from "./customer.js";
import { fill, h, one, unseen } from "./dom.js";
import { hitRow, markOpened, unscored } from "./hit.js";
import { isComposing } from "./keys.js";
import { typedWords } from "./match.js";
import { nothing, segmented, trouble } from "./parts.js";
import { recentlyOpened } from "./recent.js";
import { go, to } from "./routes.js";
import { count } from "./words.js";

// Long enough to skip the middle of a fast word, short enough not to be noticed.
const PAUSE = 40;
// Later than this, nobody should take what is shown for what was asked.
const SLOW = 1000;
const MODES = /** @type {[string, string][]} */ ([
  ["fuzzy", "Similar"],
  ["exact", "Exact"],
]);

let mode = "fuzzy";
let timer = 0;
let asked = new AbortController();
/** The text of the newest question. */
let question = "";
/**
 * Whom it finds: nobody where it fails, or a newer one takes its place.
 * @type {Promise<any[]>}
 */
let answer = Promise.resolve([]);

const place = one("#find");
const box = h("input", {
  id: "q",
  type: "search",
  name: "q",
  autocomplete: "off",
  spellcheck: "false",
  dir: "auto",
  maxlength: 200,
  placeholder: "Name, date of birth, document number",
  "data-key": "/",
  "aria-keyshortcuts": "/",
  oninput: typed,
  onkeydown: emptyOnEscape,
});
const results = h("div.results", { "aria-busy": "false", onkeydown: walk });
const summary = h("p.summary", { role: "status" });

/** Draws the pane for whoever is there now. */
export function showFind() {
  fill(
    place,
    h(
      "form",
      { role: "search", onsubmit: openBest, onkeydown: walk },
      h(
        "div.find-head",
        null,
        h("label", { for: "q" }, "Find a customer"),
        may("customers")
          ? h(
              "a.button.small",
              { href: "#/customers/new", "data-key": "n", "aria-keyshortcuts": "n" },
              "New customer",
            )
          : null,
      ),
      box,
      h(
        "div.find-options",
        null,
        segmented("mode", MODES, mode, "How alike", (value) => {
          mode = value;
          refresh();
        }),
        summary,
      ),
    ),
    results,
  );
  search();
}

export function focusBox() {
  box.focus();
  box.select();
}

/** Empties the box and the list. */
export function forgetSearch() {
  clearTimeout(timer);
  asked.abort();
  box.value = "";
  question = "";
  answer = Promise.resolve([]);
  fill(summary);
  fill(results);
}

/** What was typed, for a form that starts from it. */
export function searchText() {
  return box.value.trim();
}

document.addEventListener("changed", (event) => {
  const { id, customer } = /** @type {CustomEvent} */ (event).detail;
  if (isBrowsing(results)) showAnew(results, id, customer);
  else search();
});
document.addEventListener("recent", () => box.value.trim() || isBrowsing(results) || showStart());
whenBack(refresh);

/** Asks again, but for a list through which somebody looks: they would lose their place. */
function refresh() {
  if (!isBrowsing(results)) search();
}

function typed() {
  clearTimeout(timer);
  timer = setTimeout(searchNew, PAUSE);
}

/** @param {KeyboardEvent} event */
function emptyOnEscape(event) {
  if (event.key !== "Escape" || !box.value || isComposing(event)) return;
  event.preventDefault();
  box.value = "";
  searchNew();
}

/** A space at the end, or a key taken back, asks nothing new. */
function searchNew() {
  if (box.value.trim() !== question) search();
}

function search() {
  clearTimeout(timer);
  asked.abort();
  asked = new AbortController();
  question = box.value.trim();
  answer = ask(question, asked.signal);
}

/**
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<any[]>}
 */
async function ask(text, signal) {
  if (!text) {
    showStart();
    return [];
  }
  results.setAttribute("aria-busy", "true");
  const slow = setTimeout(showSlow, SLOW);
  try {
    const found = await read(`${CUSTOMERS}/search`, { q: text, mode }, signal);
    if (signal.aborted) return [];
    keepingFocus(() => showHits(text, found.items, found.limit));
    return found.items;
  } catch (error) {
    if (!signal.aborted) keepingFocus(() => showTrouble(error));
    return [];
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) showCurrent();
  }
}

/**
 * Whoever walks through the hits already stays with the customer, or goes back to the box where
 * that one is no longer among them, or where something else was pressed that is gone.
 * @param {() => void} draw
 */
function keepingFocus(draw) {
  if (!results.contains(document.activeElement)) return draw();
  const links = () => /** @type {HTMLAnchorElement[]} */ ([...results.querySelectorAll(".hit a")]);
  const held = links().find((link) => link.parentElement?.contains(document.activeElement))?.href;
  draw();
  (links().find(({ href }) => href === held) ?? box).focus();
}

/** @param {unknown} error */
function showTrouble(error) {
  fill(results, trouble(error, search));
  fill(summary);
  // Enter asks once more.
  question = "";
}

function showSlow() {
  results.classList.add("outdated");
  fill(summary, "Still searching…");
}

function showCurrent() {
  results.classList.remove("outdated");
  results.setAttribute("aria-busy", "false");
}

function showStart() {
  showCurrent();
  fill(summary);
  const recent = recentlyOpened();
  fill(
    results,
    recent.length
      ? [
          h("h2.list-title", null, "Opened last"),
          h(
            "ol.hits",
            null,
            recent.map((customer) => hitRow(unscored(customer))),
          ),
        ]
      : nothing(
          "Type what you know.",
          h("p.quiet", null, "Misspelled is fine. So is only a part."),
        ),
    h(
      "button.link.browse",
      { type: "button", onclick: () => showAll(results, asked.signal) },
      "Look through all customers",
    ),
  );
  markOpened(results);
}

/**
 * @param {string} text
 * @param {any[]} hits
 * @param {number} limit as many as the location tells at most
 */
function showHits(text, hits, limit) {
  const words = typedWords(text);
  fill(summary, hits.length ? howMany(hits.length, limit) : unseen("Nobody found"));
  fill(
    results,
    hits.length
      ? inOrder(hits).map(([title, some]) => [
          title ? h("h2.list-title", null, title) : null,
          h(
            "ol.hits",
            null,
            some.map((hit) => hitRow(hit, words)),
          ),
        ])
      : nothing(
          "Nobody like that is here.",
          h(
            "p.quiet",
            null,
            mode === "exact"
              ? "Each part has to be the customer's own, but for case, accents and punctuation. Try Similar."
              : "Try fewer words, or another spelling.",
          ),
          may("customers")
            ? h("a.button", { href: "#/customers/new" }, "Create this customer")
            : null,
        ),
  );
  markOpened(results);
}

/**
 * @param {number} hits
 * @param {number} limit
 */
function howMany(hits, limit) {
  if (hits < limit) return `${count(hits, "customer")} found`;
  return mode === "exact" ? `${hits} shown, there may be more` : `The best ${hits}`;
}

/**
 * The hits under their titles: from the first one on who is only alike, all are less alike than
 * those who are meant. A later one may be likely all the same.
 * @param {any[]} hits
 * @returns {[string, any[]][]}
 */
function inOrder(hits) {
  const first = mode === "fuzzy" ? hits.findIndex((hit) => !hit.likely) : -1;
  if (first < 1) return [["", hits]];
  return [
    ["", hits.slice(0, first)],
    ["Less alike", hits.slice(first)],
  ];
}

/**
 * Opens the best of whom the text finds that is in the box now, unless one goes on typing or to
 * another view before the answer is there.
 * @param {Event} event
 */
async function openBest(event) {
  event.preventDefault();
  const from = location.hash;
  searchNew();
  const [best] = await answer;
  if (best && location.hash === from) go(to("customers", best.id));
}

/**
 * The arrows walk through the customers and back into the box; letters go to the box.
 * @param {KeyboardEvent} event
 */
function walk(event) {
  const links = /** @type {HTMLElement[]} */ ([...results.querySelectorAll(".hit a")]);
  // The link of a row, or the button beside it.
  const here = links.findIndex((link) => link.parentElement?.contains(document.activeElement));
  const step = isComposing(event) ? 0 : { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || (here < 0 && (document.activeElement !== box || step < 0))) return;
  event.preventDefault();
  (links[here + step] ?? (here + step < 0 ? box : links[here]))?.focus();
}
