/** What happened, newest first, and the filters over it. */

import { read } from "./api.js";
import { fill, h } from "./dom.js";
import { paged } from "./paged.js";
import { heading, nothing } from "./parts.js";
import { count, isDay } from "./words.js";

// Of the access log that is a year.
const MOST_EMPTY = 12;
const SO_FAR = "Nothing found so far.";
const TABS = /** @type {[string, Record<string, string>][]} */ ([
  ["Changes", {}],
  ["Who saw whom", { show: "access" }],
]);
// What both lists know how to filter.
const SHARED = ["actor", "since", "until"];

/**
 * @typedef {object} Filtered
 * @property {string} tab which of the two it is
 * @property {import("./dom.js").Child} about
 * @property {Element[]} controls filters beside those of time
 * @property {string[]} names the filters that are asked as they are
 * @property {string} path
 * @property {(page: any) => Element[]} draw
 * @property {string} one what the list is of
 * @property {string} none what to say of an empty list
 */

/**
 * @param {HTMLElement} place
 * @param {Filtered} what
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 */
export function showFiltered(place, what, query, signal) {
  const results = h("div");
  const tabs = h("nav.tabs", { "aria-label": "Lists of the audit" });
  const told = h("p.visually-hidden", { role: "status" });
  let asked = new AbortController();
  signal.addEventListener("abort", () => asked.abort());
  const show = (/** @type {URLSearchParams} */ wanted) => {
    asked.abort();
    asked = new AbortController();
    fill(tabs, TABS.map(([label, view]) => tab(label, view, what.tab, wanted)));
    return showItems(results, told, what, wanted, asked.signal);
  };
  fill(
    place,
    h(
      "article.page",
      null,
      h(
        "header.card-head",
        null,
        heading("Audit"),
        h("p.facts", null, what.about),
        tabs,
      ),
      filters(what.controls, query, show),
      told,
      results,
    ),
  );
  return show(query);
}

/**
 * Leads to the other list with the filters of this one.
 * @param {string} label
 * @param {Record<string, string>} view
 * @param {string} current
 * @param {URLSearchParams} query
 */
function tab(label, view, current, query) {
  const kept = SHARED.filter((name) => query.get(name)).map((name) => [name, query.get(name)]);
  const href = address(new URLSearchParams({ ...view, ...Object.fromEntries(kept) }));
  return h("a", { href, "aria-current": label === current && "page" }, label);
}

/** @param {URLSearchParams} query */
function address(query) {
  return query.size ? `#/audit?${query}` : "#/audit";
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 * @param {HTMLElement} [error]
 */
export function filter(label, control, error) {
  return h("div", null, h("label", { for: control.id }, label), control, error);
}

/** @param {URLSearchParams} query */
export function actorFilter(query) {
  const value = query.get("actor");
  const control = h("input", {
    name: "actor",
    id: "audit-actor",
    dir: "auto",
    autocomplete: "off",
    value,
  });
  return filter("Who", control);
}

/**
 * @param {Element[]} controls
 * @param {URLSearchParams} query
 * @param {(query: URLSearchParams) => void} show
 */
function filters(controls, query, show) {
  const form = h(
    "form.filters",
    { onsubmit: apply, onchange: apply },
    controls,
    dayFilter("From", "since", query),
    dayFilter("To", "until", query),
    h("button.visually-hidden", { type: "submit" }, "Filter"),
  );
  return form;

  /** @param {Event} event */
  function apply(event) {
    event.preventDefault();
    const given = /** @type {any} */ ([...new FormData(form)].filter(([, value]) => value));
    const wanted = new URLSearchParams(given);
    // In the address, so that it can be loaded again and sent to somebody.
    history.replaceState(null, "", address(wanted));
    show(wanted);
  }
}

/**
 * @param {string} label
 * @param {string} name
 * @param {URLSearchParams} query
 */
function dayFilter(label, name, query) {
  const id = `audit-${name}`;
  const error = h("p.error", { id: `${id}-error` });
  const input = h("input", {
    type: "date",
    name,
    id,
    max: "9999-12-31",
    value: query.get(name),
    "aria-describedby": error.id,
    onchange: blame,
  });
  blame();
  return filter(label, input, error);

  function blame() {
    const isWrong = input.value !== "" && !isDay(input.value);
    input.setAttribute("aria-invalid", String(isWrong));
    fill(error, isWrong && "Write the year in four digits. This day filters nothing.");
  }
}

/**
 * @param {Element} place
 * @param {Element} told says to those who hear the page what is shown
 * @param {Filtered} what
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 */
function showItems(place, told, what, query, signal) {
  const list = h("ol.timeline");
  const draw = (/** @type {any} */ page) => {
    list.querySelector(".so-far")?.remove();
    const added = what.draw(page);
    const shown = list.querySelectorAll(".entry").length + page.items.length;
    const none = page.next ? SO_FAR : "Nothing found";
    fill(told, shown ? `${count(shown, what.one)} shown` : none);
    return shown || !page.next ? added : [...added, h("li.remark.so-far", null, SO_FAR)];
  };
  const ask = (/** @type {string} */ cursor) => firstOf(what, query, cursor, signal);
  const { more, show } = paged(list, ask, draw, nothing(what.none), signal);
  fill(place, list, more);
  return show();
}

/**
 * The first page that has anything: where hardly anything fits, one may have nothing and yet not
 * be the last. After so many without, whoever waits may say whether to go on.
 * @param {Filtered} what
 * @param {URLSearchParams} query
 * @param {string} cursor
 * @param {AbortSignal} signal
 */
async function firstOf({ path, names }, query, cursor, signal) {
  let page;
  let asked = 0;
  do {
    page = await read(path, { ...parameters(names, query), cursor, limit: 30 }, signal);
    cursor = page.next ?? "";
    asked++;
  } while (cursor && !page.items.length && !page.missing && asked < MOST_EMPTY);
  return page;
}

/**
 * The days mean this person's days, from their first moment to their last. What is no day, as an
 * address may have it, is left out.
 * @param {string[]} names
 * @param {URLSearchParams} query
 */
function parameters(names, query) {
  return {
    ...Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""])),
    since: momentOf(query.get("since") ?? "", "00:00:00"),
    until: momentOf(query.get("until") ?? "", "23:59:59.999"),
  };
}

/**
 * @param {string} day
 * @param {string} time
 */
function momentOf(day, time) {
  return isDay(day) ? new Date(`${day}T${time}`).toISOString() : "";
}
