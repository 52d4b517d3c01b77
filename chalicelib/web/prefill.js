/** What was typed in the search box, as the start of a new customer. */

import { searchText } from "./find.js";

// As a search reads a date: year first or day first, the same sign twice.
const DATES = [
  /\b(?<year>\d{4})(?<sign>[-./])\s?(?<month>\d{1,2})\k<sign>\s?(?<day>\d{1,2})\b/,
  /\b(?<day>\d{1,2})(?<sign>[-./])\s?(?<month>\d{1,2})\k<sign>\s?(?<year>\d{4})\b/,
];

/** Starts a new customer from what was typed: a date, a number, the other words. */
export function startingValues() {
  const text = searchText();
  const [typed, dob] = dateIn(text);
  const rest = text.replace(typed, " ");
  const words = rest
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(capitalised);
  const number = words.find((/** @type {string} */ word) => /\d/.test(word)) ?? null;
  const [surname, ...names] = words.filter((/** @type {string} */ word) => word !== number);
  return { surname: surname ?? null, name: names.join(" ") || null, dob, document_number: number };
}

/**
 * @param {string} text
 * @returns {[typed: string, iso: string | null]} the first date of it, as it was typed and in ISO
 */
function dateIn(text) {
  for (const date of DATES) {
    const found = date.exec(text);
    const { year, month, day } = found?.groups ?? {};
    const iso = `${year}-${month?.padStart(2, "0")}-${day?.padStart(2, "0")}`;
    if (found && isDate(iso)) return [found[0], iso];
  }
  return ["", null];
}

/** @param {string} iso */
function isDate(iso) {
  const day = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(iso);
}

/** @param {string} word as one types it in a hurry */
function capitalised(word) {
  return word === word.toLowerCase()
    ? word.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
    : word;
}
