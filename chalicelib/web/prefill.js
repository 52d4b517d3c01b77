/** What was typed in the search box, as the start of a new customer. */

import { takeDate } from "./dates.js";
import { searchText } from "./find.js";

/** Starts a new customer from what was typed: a date, a number, the other words. */
export function startingValues() {
  const { iso: dob, rest } = takeDate(searchText());
  const words = rest
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(capitalised);
  const number = words.find((/** @type {string} */ word) => /\d/.test(word)) ?? null;
  const [surname, ...names] = words.filter((/** @type {string} */ word) => word !== number);
  return { surname: surname ?? null, name: names.join(" ") || null, dob, document_number: number };
}

/** @param {string} word as one types it in a hurry */
function capitalised(word) {
  return word === word.toLowerCase()
    ? word.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
    : word;
}
