/** How this location is doing: what waits, how far behind it is, whether the broker is there. */

import { read } from "./api.js";
import { fill, h, isolated } from "./dom.js";
import { heading, sinceThen } from "./parts.js";
import { count, lasting, moment } from "./words.js";

const EVERY = 5000;
const SLOW = 60_000;

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} _route
 * @param {AbortSignal} signal
 */
export async function showLocations(place, _route, signal) {
  const body = h("div");
  fill(body, content(await read("api/locations/status", {}, signal)));
  if (signal.aborted) return;
  fill(
    place,
    h(
      "article.page",
      null,
      h("header.page-head", null, heading("Locations")),
      h("p.lead", null, intro()),
      body,
    ),
  );
  const timer = setInterval(() => refresh(body, signal), EVERY);
  signal.addEventListener("abort", () => clearInterval(timer));
}

function intro() {
  const here = document.documentElement.dataset.location ?? "";
  return [
    "This is ",
    h("b", null, isolated(here)),
    ": how it is doing, and what it heard from the others.",
  ];
}

/**
 * @param {Element} body
 * @param {AbortSignal} signal
 */
async function refresh(body, signal) {
  if (document.hidden) return;
  try {
    fill(body, content(await read("api/locations/status", {}, signal)));
  } catch {
    // The bar at the top says so where nothing gets through; the next look may succeed.
  }
}

/** @param {any} status */
function content(status) {
  return [
    h("div.tiles", null, broker(status), outbox(status), deadLetters(status), digest(status)),
    h("h2", null, "What came from the others"),
    others(status),
  ];
}

/**
 * @param {string} title
 * @param {import("./dom.js").Child} figure
 * @param {import("./dom.js").Child} words
 * @param {"good" | "warn" | "bad" | ""} [mood]
 */
function tile(title, figure, words, mood = "") {
  return h(
    mood ? `section.tile.${mood}` : "section.tile",
    null,
    h("h2", null, title),
    h("p.figure", null, figure),
    h("p", null, words),
  );
}

/** @param {any} status */
function broker({ relay }) {
  const { sent, failed } = relay;
  if (failed && (!sent || failed.at > sent.at)) {
    return tile(
      "Broker",
      "Away",
      [
        "What was sent did not get through ",
        sinceThen(failed.at),
        ". Changes made here are kept, and sent when it is back.",
      ],
      "bad",
    );
  }
  if (!sent) return tile("Broker", "Not used yet", "Nothing has been sent from here so far.");
  return tile("Broker", "There", ["It took the last changes ", sinceThen(sent.at), "."], "good");
}

/** @param {any} status */
function outbox({ outbox_depth: depth }) {
  if (!depth)
    return tile("Outbox", "Empty", "Every change made here is on its way to the others.", "good");
  return tile(
    "Outbox",
    count(depth, "change"),
    "Made here, and waiting to be sent to the others.",
    "warn",
  );
}

/** @param {any} status */
function deadLetters({ dead_letters: letters }) {
  if (!letters) return tile("Dead letters", "None", "Everything that came could be read.", "good");
  return tile(
    "Dead letters",
    String(letters),
    "Came and could not be read. They are kept for an administrator.",
    "bad",
  );
}

/** @param {any} status */
function digest({ digest: taken }) {
  if (!taken)
    return tile("Digest", "Not taken yet", "Locations with the same digest hold the same data.");
  return tile("Digest", h("code", { title: taken.digest }, taken.digest.slice(0, 8)), [
    count(taken.records, "record"),
    ", taken ",
    sinceThen(taken.at),
    ". Locations with the same digest hold the same data.",
  ]);
}

/** @param {any} status */
function others({ applied, location: here }) {
  const heard = lastHeard(applied).filter(([name]) => name !== here);
  if (!heard.length) return h("p.quiet", null, "Nothing has come from another location yet.");
  return h(
    "div.scroll",
    { tabindex: "0", role: "region", "aria-label": "Other locations" },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["Location", "Last heard", "Arrived after"].map((name) =>
            h("th", { scope: "col" }, name),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        heard.map(([name, fact]) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, isolated(name)),
            h("td", null, sinceThen(fact.at), h("span.small.quiet", null, ` ${moment(fact.at)}`)),
            h(
              "td",
              null,
              lasting(fact.lag_ms),
              fact.lag_ms > SLOW ? h("span.badge", null, "late") : null,
            ),
          ),
        ),
      ),
    ),
  );
}

/**
 * A location whose tables were made anew has a new origin; the one heard last speaks for it.
 * @param {Record<string, any>} applied by origin
 * @returns {[string, any][]}
 */
function lastHeard(applied) {
  const locations = /** @type {Record<string, any>} */ ({});
  for (const [origin, fact] of Object.entries(applied)) {
    const name = origin.slice(0, origin.lastIndexOf("-"));
    if (!locations[name] || locations[name].at < fact.at) locations[name] = fact;
  }
  return Object.entries(locations).sort(([one], [other]) => one.localeCompare(other));
}
