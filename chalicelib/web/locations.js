/** How this location is doing: what waits, how far behind it is, whether the broker is there. */

import { read } from "./api.js";
import { fill, h, isolated } from "./dom.js";
import { heading, sinceThen } from "./parts.js";
import { UNITS, count, moment } from "./words.js";

const EVERY = 5000;
const SLOW = 60_000;
const HEADS = ["Location", "Last heard", "Arrived after", "Waiting there", "Dead letters", "Its data"];

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
    redraw(body, await read("api/locations/status", {}, signal));
  } catch {
    // The bar at the top says so where nothing gets through; the next look may succeed.
  }
}

/**
 * Whoever looks through the table, which is wide, stays where they are.
 * @param {Element} body
 * @param {any} status
 */
function redraw(body, status) {
  const table = () => /** @type {HTMLElement | null} */ (body.querySelector(".scroll"));
  const isHeld = document.activeElement === table();
  const scrolled = table()?.scrollLeft ?? 0;
  fill(body, content(status));
  table()?.scrollTo(scrolled, 0);
  if (isHeld) table()?.focus({ preventScroll: true });
}

/** @param {any} status */
function content(status) {
  return [
    joining(status),
    h("div.tiles", null, broker(status), outbox(status), deadLetters(status), digest(status)),
    repaired(status),
    h("h2", null, "The other locations"),
    others(status),
  ];
}

/** @param {any} status */
function joining({ membership }) {
  if (membership.joined) return null;
  return h(
    "p.remark",
    { role: "status" },
    "This location is still reading what the others hold. It takes changes after that.",
  );
}

/** @param {any} status */
function repaired({ repair }) {
  if (!repair) return null;
  return h(
    "p.quiet",
    null,
    "The last repair was ",
    sinceThen(repair.at),
    `: ${count(repair.differing, "record")} differed, ${repair.mended} put right here, `,
    `${repair.sent_again} sent again to the others.`,
  );
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
function others(status) {
  const heard = othersOf(status);
  if (!heard.length) return h("p.quiet", null, "Nothing has come from another location yet.");
  return h(
    "div.scroll",
    { tabindex: "0", role: "region", "aria-label": "Other locations" },
    h(
      "table",
      null,
      h("thead", null, h("tr", null, HEADS.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, heard.map(other)),
    ),
  );
}

/** @param {Other} other */
function other({ name, applied, peer }) {
  return h(
    "tr",
    null,
    h("th", { scope: "row" }, isolated(name)),
    h("td", null, applied ? lastHeard(applied) : "never"),
    h("td", null, applied ? arrival(applied) : ""),
    h("td", null, peer ? waiting(peer) : "not told yet"),
    h("td", null, peer ? letters(peer) : "not told yet"),
    h("td", null, peer ? equality(peer) : "not compared yet"),
  );
}

/** @param {any} applied */
function lastHeard({ at }) {
  return [sinceThen(at), h("span.small.quiet", null, ` ${moment(at)}`)];
}

/** @param {any} applied */
function arrival({ lag_ms: lag }) {
  return [lasting(lag), lag > SLOW ? h("span.badge", null, "late") : null];
}

/** @param {any} peer */
function waiting({ outbox_depth: depth }) {
  return depth ? count(depth, "change") : "nothing";
}

/** @param {any} peer */
function letters({ dead_letters: number }) {
  return number ? h("span.badge", null, String(number)) : "none";
}

/** @param {any} peer */
function equality({ differing, divergent, at }) {
  const when = h("span.small.quiet", null, " as of ", sinceThen(at));
  if (!differing) return ["The same", when];
  if (!divergent) return ["Changes are on their way", when];
  return [h("span.badge", null, "Differs"), " It is being repaired.", when];
}

/**
 * @typedef {{name: string, applied?: any, peer?: any}} Other what is known of another location
 *
 * @param {any} status
 * @returns {Other[]}
 */
function othersOf({ applied, peers, location: here }) {
  const latest = latestByLocation(applied);
  const names = new Set([...Object.keys(latest), ...Object.keys(peers)]);
  names.delete(here);
  return [...names].sort().map((name) => ({ name, applied: latest[name], peer: peers[name] }));
}

/**
 * A location whose tables were made anew has a new origin; the one heard last speaks for it.
 * @param {Record<string, any>} applied by origin
 */
function latestByLocation(applied) {
  const locations = /** @type {Record<string, any>} */ ({});
  for (const [origin, fact] of Object.entries(applied)) {
    const name = origin.slice(0, origin.lastIndexOf("-"));
    if (!locations[name] || locations[name].at < fact.at) locations[name] = fact;
  }
  return locations;
}

/** @param {number} milliseconds */
function lasting(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const [unit, size] = UNITS.find(([, size]) => milliseconds >= size) ?? UNITS[3];
  return count(Math.round((milliseconds / size) * 10) / 10, unit);
}
