/** Dates in what is typed, as a search reads them. */

// Year first or day first, the same sign twice. Of a year that somebody may be born in: digits with
// spaces between may be a number too.
const DATE =
  /\b((?:18|19|20)\d\d)([-./ ])\s?(\d{1,2})\2\s?(\d{1,2})\b|\b(\d{1,2})([-./ ])\s?(\d{1,2})\6\s?((?:18|19|20)\d\d)\b/g;

// As the page writes it: of September most browsers write four letters.
const MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
const WRITTEN_DATE = new RegExp(`\\b(\\d{1,2}) (${MONTHS}|Sept) (?=(?:18|19|20)\\d\\d\\b)`, "gi");

/**
 * @param {string} written
 * @returns {{iso: string | null, rest: string}} the first date of the calendar, and the other text
 */
export function takeDate(written) {
  const text = written.replace(WRITTEN_DATE, (_, day, month) => `${day}.${numberOf(month)}.`);
  for (const found of text.matchAll(DATE)) {
    const [typed, year, , month, day, otherDay, , otherMonth, otherYear] = found;
    const iso = [year ?? otherYear, month ?? otherMonth, day ?? otherDay]
      .map((part) => part.padStart(2, "0"))
      .join("-");
    if (isDate(iso))
      return { iso, rest: `${text.slice(0, found.index)} ${text.slice(found.index + typed.length)}` };
  }
  return { iso: null, rest: text };
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
