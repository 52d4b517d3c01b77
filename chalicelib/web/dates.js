/** Dates in what is typed, read as `domain/query.py` does, which says why. */

const DATE =
  /\b((?:18|19|20)\d\d)([-./ ])\s?(\d{1,2})\2\s?(\d{1,2})\b|\b(\d{1,2})([-./ ])\s?(\d{1,2})\6\s?((?:18|19|20)\d\d)\b/g;

const MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
const MONTH =
  "(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?" +
  "|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\b\\.?";
const DAY = "\\b(\\d{1,2})(?:st|nd|rd|th)?";
const YEAR = "(?=(?:18|19|20)?\\d\\d\\b)";
const WRITTEN_DATE = new RegExp(
  `${DAY}[ .-]{1,2}${MONTH}[ -]${YEAR}|\\b${MONTH} ${DAY},? ${YEAR}`,
  "gi",
);

const SHORT_DATE = /(?<![-./\w])(\d{1,2}([-./])\s?\d{1,2}\2\s?)(\d\d)(?![-./]?\w)/g;

/**
 * @param {string} written
 * @returns {{iso: string | null, rest: string}} the first date of the calendar, and the other text
 */
export function takeDate(written) {
  const inDigits = written.replace(
    WRITTEN_DATE,
    (_, day, month, otherMonth, otherDay) =>
      `${day ?? otherDay}.${numberOf(month ?? otherMonth)}.`,
  );
  return takeFull(inDigits.replace(SHORT_DATE, inFull));
}

/** @param {string} short @param {string} before @param {string} _ @param {string} ending */
function inFull(short, before, _, ending) {
  const year = new Date().getFullYear();
  const full = before + (year - ((year - Number(ending)) % 100));
  return takeFull(full).iso ? full : short;
}

/** @param {string} text */
function takeFull(text) {
  for (const found of text.matchAll(DATE)) {
    const iso = datesOf(found).find(isDate);
    const end = found.index + found[0].length;
    if (iso) return { iso, rest: `${text.slice(0, found.index)} ${text.slice(end)}` };
  }
  return { iso: null, rest: text };
}

/** @param {RegExpMatchArray} found */
function datesOf([, year, , month, day, first, , second, last]) {
  const written = year
    ? [[year, month, day]]
    : [
        [last, second, first],
        [last, first, second],
      ];
  return written.map((parts) => parts.map((part) => part.padStart(2, "0")).join("-"));
}

/** @param {string} month */
function numberOf(month) {
  return MONTHS.toLowerCase().split("|").indexOf(month.slice(0, 3).toLowerCase()) + 1;
}

/** @param {string} iso */
function isDate(iso) {
  const day = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(iso);
}
