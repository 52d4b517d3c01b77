/** What was typed in the box, as the start of a new customer. */

import { takeDate } from "./dates.js";
import { searchText } from "./find.js";

const DIGIT = /\d/;

/** A date, a number, and names. Four digits are a year, or a number's end. */
export function startingValues() {
  const { iso: dob, rest } = takeDate(searchText());
  const words = rest
    .split(/[\s,;|]+/)
    .filter(Boolean)
    .map(capitalised);
  const isOfIt = isOneNumber(words) ? () => true : isOfNumber;
  const number = words.filter((_, at) => isOfIt(words, at)).join(" ");
  const [surname, ...names] = words.filter((_, at) => !isOfIt(words, at));
  return {
    surname: surname ?? null,
    name: names.join(" ") || null,
    dob,
    document_number: /^\d{4}$/.test(number) ? null : number || null,
  };
}

/**
 * Whether all of it may be a number, and a few capitals no name: `QXZ 551 341`.
 * @param {string[]} words
 */
function isOneNumber(words) {
  const letters = words.filter((word) => !DIGIT.test(word)).join("");
  return words.some((word) => DIGIT.test(word)) && /^[\p{Lu}-]{0,4}$/u.test(letters);
}

/**
 * Whether a word is of the number, as the search takes it: `AB 123 456`.
 * @param {string[]} words
 * @param {number} at
 */
function isOfNumber(words, at) {
  const beside = words.slice(Math.max(0, at - 1), at + 2);
  const begins = /^\p{Lu}{1,2}$/u.test(words[at]) && beside.some((word) => DIGIT.test(word));
  return begins || DIGIT.test(words[at]);
}

/** @param {string} word as one types it in a hurry */
function capitalised(word) {
  return word === word.toLowerCase()
    ? word.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
    : word;
}
