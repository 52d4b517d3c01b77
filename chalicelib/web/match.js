/**
 * Which letters of a customer match what was typed. The registry decides who is found; this only
 * shows why, and compares as it does: without case and accents.
 */

import { takeDate } from "./dates.js";
import { h, isolated } from "./dom.js";

const LETTERS = /** @type {Record<string, string>} */ ({
  ł: "l",
  ø: "o",
  đ: "d",
  ð: "d",
  ı: "i",
  æ: "ae",
  œ: "oe",
  þ: "th",
  ħ: "h",
  ß: "ss",
  // Yeh, kaf and heh, as Arabic and Persian keyboards have them.
  "\u064a": "\u06cc",
  "\u0649": "\u06cc",
  "\u06a9": "\u0643",
  "\u0629": "\u0647",
  "\u06c1": "\u0647",
});
const WHOLE_LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");
// Some apostrophes count as letters.
const NOT_WORD = /((?:[^\p{L}\p{M}\p{N}]|[\u02b9\u02bb-\u02bf\ua78b\ua78c])+)/u;
// And so does the line that makes an Arabic word longer.
const NO_LETTER = /\u0640|[^\p{L}\p{N}\p{Mc}]/gu;
const NOWHERE = /(?!)/;
const ALIKE = 0.65;
// So many letters may be of the number, beside its digits.
const OF_NUMBER = 4;
// Of a number at least so many characters at its end find it.
const LEAST_END = 4;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** @param {string} query */
export function typedWords(query) {
  return words(takeDate(query).rest);
}

/**
 * The text with its matching letters marked. A single one inside of a word says nothing: every word
 * has some that match.
 * @param {string} text
 * @param {string[]} typed
 */
export function marked(text, typed) {
  return drawn(runs(text, NOT_WORD, (letters) => withoutSingle(matching(letters, typed))));
}

/**
 * A document number with its matching characters marked: spaces and dashes in it mean nothing, and
 * its letters may have been typed too.
 * @param {string} text
 * @param {string[]} typed
 */
export function markedNumber(text, typed) {
  const digits = typed.filter((word) => /\d/.test(word));
  const all = typed.filter((word) => digits.includes(word) || word.length <= OF_NUMBER);
  const numbers = digits.length ? [digits.join(""), all.join("")] : [];
  return drawn(runs(text, NOWHERE, (letters) => matching(letters, numbers)));
}

/** @param {{letters: string, isMarked: boolean}[]} runs */
function drawn(runs) {
  const place = isolated("");
  for (const { letters, isMarked } of runs)
    place.append(isMarked ? h("mark", null, letters) : letters);
  return place;
}

/**
 * @param {string} text
 * @param {RegExp} between what stands between two words
 * @param {(letters: string[]) => Set<number>} hitsOf the positions in a word that are marked
 */
function runs(text, between, hitsOf) {
  const result = /** @type {{letters: string, isMarked: boolean}[]} */ ([]);
  for (const word of text.split(between)) {
    const parts = [...graphemes.segment(word)].map(({ segment }) => segment);
    const hits = hitsOf(parts.map(folded));
    parts.forEach((letters, position) => {
      const last = result.at(-1);
      if (last?.isMarked === hits.has(position)) last.letters += letters;
      else result.push({ letters, isMarked: hits.has(position) });
    });
  }
  return result;
}

/**
 * The positions, but for those inside of a word that have no other one beside them.
 * @param {Set<number>} hits
 */
function withoutSingle(hits) {
  return new Set([...hits].filter((at) => at === 0 || hits.has(at - 1) || hits.has(at + 1)));
}

/**
 * The positions in a word that its most alike typed word explains.
 * @param {string[]} letters folded; one may have become two, or none
 * @param {string[]} typed
 */
function matching(letters, typed) {
  const word = letters.join("");
  const owners = letters.flatMap((letter, position) => Array(letter.length).fill(position));
  let best = /** @type {Set<number>} */ (new Set());
  let bestAlike = 0;
  for (const other of typed) {
    const first = firstOfEnd(word, other);
    const common = first < 0 ? commonLetters(word, other) : [...other].map((_, at) => first + at);
    const shared = (2 * common.length) / (word.length + other.length);
    const alike = first === 0 ? 1 : Math.max(shared, first < 0 ? 0 : ALIKE);
    // One letter in common means nothing where more were typed.
    const isSaying = common.length > 1 || other.length === 1;
    if (isSaying && alike >= ALIKE && alike > bestAlike) {
      best = new Set(common.map((at) => owners[at]));
      bestAlike = alike;
    }
  }
  return best;
}

/**
 * Where another stands in a word that begins with it, or ends with it if it is long enough to tell;
 * -1 where the word does neither.
 * @param {string} word
 * @param {string} other
 */
function firstOfEnd(word, other) {
  if (word.startsWith(other)) return 0;
  return other.length >= LEAST_END && word.endsWith(other) ? word.length - other.length : -1;
}

/**
 * Where in `word` the longest common subsequence with `other` lies.
 * @param {string} word
 * @param {string} other
 */
function commonLetters(word, other) {
  const lengths = Array.from({ length: word.length + 1 }, () => Array(other.length + 1).fill(0));
  for (let i = word.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i][j] =
        word[i] === other[j]
          ? lengths[i + 1][j + 1] + 1
          : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const found = [];
  for (let i = 0, j = 0; i < word.length && j < other.length;) {
    if (word[i] === other[j]) {
      found.push(i++);
      j++;
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return found;
}

/** @param {string} text */
function words(text) {
  return text.split(NOT_WORD).map(folded).filter(Boolean);
}

/** @param {string} text */
function folded(text) {
  const plain = text.toLowerCase().normalize("NFKD");
  return plain.replace(WHOLE_LETTER, (letter) => LETTERS[letter]).replace(NO_LETTER, "");
}
