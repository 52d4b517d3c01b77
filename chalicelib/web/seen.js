/** The access log of this location: who saw whom, and what was refused. */

import { h, isolated } from "./dom.js";
import { actorFilter, showFiltered } from "./filtered.js";
import { at } from "./parts.js";
import { to } from "./routes.js";
import { count } from "./words.js";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DID = /** @type {Record<string, string>} */ ({
  read: "read",
  history: "read the history of",
  list: "listed",
  "search fuzzy": "searched for",
  "search exact": "searched exactly for",
  audit: "read the changes of",
  access: "read who saw",
  conflicts: "read the conflicts of",
  duplicates: "compared the document numbers of",
  export: "exported",
  import: "imported rows about",
  retry: "tried again",
  drop: "dropped",
});

/**
 * @param {HTMLElement} place
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 */
export function showSeen(place, query, signal) {
  const customer = query.get("customer") ?? "";
  const what = {
    tab: "Who saw whom",
    about: [
      h(
        "span",
        null,
        "What was seen at this location: the last thirty days, or those that you choose.",
      ),
      customer
        ? h("span", null, "Only of ", link(customer), ", whose history has who changed it")
        : null,
      customer ? h("a", { href: "#/audit?show=access" }, "Show all") : null,
    ],
    controls: [
      actorFilter(query),
      h("input", { type: "hidden", name: "show", value: "access" }),
      h("input", { type: "hidden", name: "customer", value: customer }),
    ],
    names: ["actor", "customer"],
    path: "api/access",
    draw: (/** @type {any} */ page) => page.items.map(line),
    one: "line",
    none: "Nobody saw anybody like that.",
  };
  return showFiltered(place, what, query, signal);
}

/** @param {any} entry */
function line(entry) {
  const words = entry.detail.split(" ");
  const shown = words.filter((/** @type {string} */ id) => ID.test(id));
  const isRefused = entry.outcome !== "ok";
  return h(
    "li.entry",
    null,
    h(
      "p.entry-head",
      null,
      h("b.actor", null, isolated(entry.actor || "Somebody")),
      isRefused ? ` was refused ${entry.action} ` : ` ${DID[entry.action] ?? entry.action} `,
      seen(entry),
    ),
    h(
      "p.facts",
      null,
      h("span", null, at(entry.at)),
      entry.role ? h("span", null, entry.role.replaceAll("_", " ")) : null,
      isRefused ? h("span", null, entry.outcome.replaceAll("_", " ")) : null,
    ),
    shown.length ? people(shown) : entry.detail ? h("p", null, isolated(entry.detail)) : null,
  );
}

/** @param {any} entry */
function seen({ action, resource }) {
  if (!resource) return h("span.quiet", null, "what is not told any more");
  if (ID.test(resource)) return link(resource);
  return action.startsWith("search") ? ["“", isolated(resource), "”"] : isolated(resource);
}

/** @param {string[]} ids */
function people(ids) {
  const links = ids.map((id) => h("li", null, link(id)));
  return h(
    "details",
    null,
    h("summary", null, `${count(ids.length, "customer")} shown`),
    h("ul", null, links),
  );
}

/** @param {string} id */
function link(id) {
  // Which is there also where the customer is gone.
  return h("a", { href: to("customers", id, "history") }, `customer …${id.slice(-6)}`);
}
