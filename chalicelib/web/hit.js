/** One customer that was found: who, how well it matches, and on demand why. */

import { born, customerFields, fieldNamed } from "./customer.js";
import { fill, h, isolated, unseen } from "./dom.js";
import { marked, markedNumber } from "./match.js";
import { fullName } from "./parts.js";
import { to } from "./routes.js";
import { count, day } from "./words.js";

// How alike a right date is at least; a year, or one with a wrong digit, is less so.
const RIGHT = 0.7;
// What is not of the name, nor of a field that stands in for it.
const OTHERS = ["dob", "document_number"];

/** @typedef {{feature: string, similarity: number, points: number}} Part */

/**
 * A row of the list. Without a score it is one of many, not one that was found.
 * @param {any} customer
 * @param {string[]} [typed] the words of the query
 */
export function hitRow(customer, typed = []) {
  const scored = customer.score !== undefined;
  const row = h(
    "li.hit",
    null,
    h(
      "a",
      { href: to("customers", customer.id) },
      fullName(customer, isNamed(customer) ? typed : [], marked),
      scored ? score(customer.score) : null,
      h("span.facts", null, facts(customer, typed)),
    ),
  );
  if (customer.explanation?.length) row.append(...why(customer));
  return row;
}

/**
 * Whether somebody was found for their name: letters of a number are in names too.
 * @param {any} customer
 */
function isNamed({ explanation }) {
  const isOfName = (/** @type {Part} */ { feature }) => !OTHERS.includes(feature);
  return !explanation?.length || explanation.some(isOfName);
}

/** @param {any} customer as it was found; where it is shown, nothing is compared */
export function unscored(customer) {
  return { ...customer, score: undefined, explanation: undefined };
}

/**
 * Shows which of the rows is the customer that is open.
 * @param {Element} place
 */
export function markOpened(place) {
  for (const link of place.querySelectorAll(".hit a")) {
    if (location.hash.startsWith(String(link.getAttribute("href")))) {
      link.setAttribute("aria-current", "true");
    } else link.removeAttribute("aria-current");
  }
}

/**
 * @param {any} customer
 * @param {string[]} typed
 */
function facts(customer, typed) {
  const dob =
    customer.explanation?.find((/** @type {any} */ part) => part.feature === "dob")?.similarity ??
    0;
  return [
    customer.dob
      ? h("span", null, born(customer.dob, dob >= RIGHT ? "mark" : dob > 0 ? "mark.near" : "span"))
      : null,
    customer.document_number
      ? h("span", null, markedNumber(customer.document_number, typed))
      : null,
    customer.dob || customer.document_number
      ? null
      : h("span", null, "no date of birth, no document number"),
  ];
}

/** @param {number} value 0..1 */
function score(value) {
  const bar = h(
    "span.score",
    null,
    unseen(", "),
    h("span.number", null, percent(value)),
    unseen(" alike"),
  );
  bar.style.setProperty("--score", String(value));
  return bar;
}

/** @param {any} customer */
function why(customer) {
  const reasons = h("dl.reasons", { hidden: true, id: `why-${customer.id}` });
  const button = h(
    "button.why",
    {
      type: "button",
      "aria-expanded": "false",
      "aria-controls": reasons.id,
      onclick: async () => {
        // Without the labels, for want of a connection, it says as much.
        const fields = await customerFields().catch(() => []);
        const points = wholePoints(customer);
        fill(
          reasons,
          customer.explanation.map((/** @type {Part} */ part, /** @type {number} */ at) =>
            reason(part, points[at], fields),
          ),
        );
        reasons.hidden = !reasons.hidden;
        button.setAttribute("aria-expanded", String(!reasons.hidden));
      },
    },
    "Why",
    unseen(" "),
    h("span.visually-hidden", null, told(customer)),
  );
  return [button, reasons];
}

/**
 * Who it is, for those who do not see beside whom the button stands.
 * @param {any} customer
 */
function told({ surname, name, dob, document_number }) {
  return [surname, name, dob && day(dob), document_number]
    .filter(Boolean)
    .map((value, at) => [at ? ", " : "", isolated(value)]);
}

/**
 * The points of each part, whole and adding up to the score as it is shown: what is missing goes to
 * those who lost most when they were cut.
 * @param {{score: number, explanation: Part[]}} hit
 */
function wholePoints({ score, explanation }) {
  const exact = explanation.map(({ points }) => points * 100);
  const whole = exact.map(Math.floor);
  const lost = (/** @type {number} */ at) => exact[at] - whole[at];
  const missing = whole.reduce((rest, points) => rest - points, Math.round(score * 100));
  const byLoss = [...whole.keys()].sort((one, other) => lost(other) - lost(one));
  for (const at of byLoss.slice(0, missing)) whole[at] += 1;
  return whole;
}

/**
 * @param {Part} part
 * @param {number} points
 * @param {import("./customer.js").Field[]} fields
 */
function reason({ feature, similarity }, points, fields) {
  const label = feature === "names" ? "Name" : fieldNamed(feature, fields)?.label;
  return h(
    "div",
    null,
    h("dt", null, isolated(label ?? feature.replaceAll("_", " "))),
    h("dd", null, `${percent(similarity)} alike, ${count(points, "point")}`),
  );
}

/** @param {number} value */
function percent(value) {
  return `${Math.round(value * 100)} %`;
}
