/** Dates in what is typed, as a search reads them. */

// Year first or day first, the same sign twice. Of a year that somebody may be born in: digits with
// spaces between may be a number too. Or of two digits of a year, where nothing else goes on.
const DATE =
  /\b((?:18|19|20)\d\d)([-./ ])\s?(\d{1,2})\2\s?(\d{1,2})\b|\b(\d{1,2})([-./ ])\s?(\d{1,2})\6\s?((?:18|19|20)\d\d)\b|(?<![-./\w])(\d{1,2})([-./])\s?(\d{1,2})\10\s?(\d\d)(?![-./]?\w)/g;

// As the page writes them, September with four letters, or in full.
const MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
const MONTH =
  "(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?" +
  "|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\b\\.?";
const DAY = "\\b(\\d{1,2})(?:st|nd|rd|th)?";
const YEAR = "(?=(?:18|19|20)?\\d\\d\\b)";
// `28 Feb 1984`, `28. February 1984`, `28-Feb-1984`, and then `February 28, 1984`.
const WRITTEN_DATE = new RegExp(
  `${DAY}[ .-]{1,2}${MONTH}[ -]${YEAR}|\\b${MONTH} ${DAY},? ${YEAR}`,
  "gi",
);

/**
 * @param {string} written
 * @returns {{iso: string | null, rest: string}} the first date of the calendar, and the other text
 */
export function takeDate(written) {
  const text = written.replace(
    WRITTEN_DATE,
    (_, day, month, otherMonth, otherDay) =>
      `${day ?? otherDay}.${numberOf(month ?? otherMonth)}.`,
  );
  for (const found of text.matchAll(DATE)) {
    const iso = datesOf(found).find(isDate);
    const end = found.index + found[0].length;
    if (iso) return { iso, rest: `${text.slice(0, found.index)} ${text.slice(end)}` };
  }
  return { iso: null, rest: text };
}

/**
 * What the digits may mean. Of two numbers before a year the month is second; where that is none
 * they are as Americans write them.
 * @param {RegExpMatchArray} found
 */
function datesOf([, year, , month, day, ...others]) {
  if (year) return [isoOf(year, month, day)];
  const [first, , second, last] = others[0] ? others : others.slice(4);
  const inFull = last.length === 4 ? last : nearestYear(last);
  return [isoOf(inFull, second, first), isoOf(inFull, first, second)];
}

/** @param {string[]} parts */
function isoOf(...parts) {
  return parts.map((part) => part.padStart(2, "0")).join("-");
}

/**
 * @param {string} twoDigits
 * @returns {string} the last year that ends so
 */
function nearestYear(twoDigits) {
  const now = new Date().getUTCFullYear();
  return String(now - ((now - Number(twoDigits)) % 100));
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
