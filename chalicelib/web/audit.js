/** Every change of every record, newest first, and the filters over it. */

import { read } from "./api.js";
import { customerFields } from "./customer.js";
import { fill, h, isolated } from "./dom.js";
import { ACTIONS, entryItem, lost } from "./entry.js";
import { paged } from "./paged.js";
import { heading, nothing } from "./parts.js";
import { to } from "./routes.js";
import { count, isDay } from "./words.js";

const FILTERS = ["actor", "action", "since", "until"];

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} route
 * @param {AbortSignal} signal
 */
export async function showAudit(place, { query }, signal) {
  const fields = await customerFields();
  if (signal.aborted) return;
  const results = h("div");
  const told = h("p.visually-hidden", { role: "status" });
  let asked = new AbortController();
  signal.addEventListener("abort", () => asked.abort());
  const show = (/** @type {URLSearchParams} */ wanted) => {
    asked.abort();
    asked = new AbortController();
    return showEntries(results, told, fields, wanted, asked.signal);
  };
  fill(
    place,
    h(
      "article.page",
      null,
      h("header.page-head", null, heading("Audit")),
      filters(query, show),
      told,
      results,
    ),
  );
  await show(query);
}

/**
 * @param {URLSearchParams} query
 * @param {(query: URLSearchParams) => void} show
 */
function filters(query, show) {
  const form = h(
    "form.filters",
    { onsubmit: apply, onchange: apply },
    filter(
      "Who",
      h("input", {
        name: "actor",
        id: "audit-actor",
        dir: "auto",
        autocomplete: "off",
        value: query.get("actor"),
      }),
    ),
    filter(
      "Did",
      h(
        "select",
        { name: "action", id: "audit-action" },
        h("option", { value: "" }, "anything"),
        Object.entries(ACTIONS).map(([value, label]) =>
          h("option", { value, selected: value === query.get("action") }, label),
        ),
      ),
    ),
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
    history.replaceState(null, "", given.length ? `#/audit?${wanted}` : "#/audit");
    show(wanted);
  }
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 * @param {HTMLElement} [error]
 */
function filter(label, control, error) {
  return h("div", null, h("label", { for: control.id }, label), control, error);
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
 * @param {import("./customer.js").Field[]} fields
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 */
function showEntries(place, told, fields, query, signal) {
  const list = h("ol.timeline");
  const none = nothing("Nothing was changed like that.");
  const draw = (/** @type {any} */ page) => {
    const added = entries(page, fields);
    const shown = list.querySelectorAll(".entry").length + page.items.length;
    fill(told, shown ? `${count(shown, "change")} shown` : "Nothing found");
    return added;
  };
  const ask = (/** @type {string} */ cursor) => firstOf(query, cursor, signal);
  const { more, show } = paged(list, ask, draw, none, signal);
  fill(place, list, more);
  return show();
}

/**
 * The first page that has anything: where hardly any entry fits, one may have nothing and yet not
 * be the last.
 * @param {URLSearchParams} query
 * @param {string} cursor
 * @param {AbortSignal} signal
 */
async function firstOf(query, cursor, signal) {
  let page;
  do {
    page = await read("api/audit", { ...parameters(query), cursor, limit: 30 }, signal);
    cursor = page.next ?? "";
  } while (cursor && !page.items.length && !page.missing);
  return page;
}

/**
 * @param {any} page
 * @param {import("./customer.js").Field[]} fields
 */
function entries(page, fields) {
  const items = page.items.map((/** @type {any} */ entry) =>
    entryItem(entry, fields, { what: record(entry) }),
  );
  return page.missing ? [...items, lost(page.missing, "li")] : items;
}

/**
 * The days mean this person's days, from their first moment to their last. What is no day, as an
 * address may have it, is left out.
 * @param {URLSearchParams} query
 */
function parameters(query) {
  const given = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
  return {
    ...given,
    since: momentOf(given.since, "00:00:00"),
    until: momentOf(given.until, "23:59:59.999"),
  };
}

/**
 * @param {string} day
 * @param {string} time
 */
function momentOf(day, time) {
  return isDay(day) ? new Date(`${day}T${time}`).toISOString() : "";
}

/** @param {any} entry */
function record({ kind, record_id: id, before, after }) {
  if (kind === "field") return ["the field ", h("code", null, id)];
  const surname = after.surname ?? before.surname;
  return h(
    "a",
    { href: to("customers", id, "history") },
    surname ? isolated(surname) : `customer …${id.slice(-6)}`,
  );
}
