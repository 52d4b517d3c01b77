/** Days, times and numbers in words. The page is in English, whatever the browser speaks. */

const LOCALE = "en-GB";
const dayFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" });
const momentFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium" });
const agoFormat = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const JUST_NOW = 5000;
export const UNITS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
]);

/** @param {string} text */
export function isDay(text) {
  // Date alone would read a day into "Ulm 5", and takes 30 February for 2 March.
  const date = new Date(Date.parse(text) || 0);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && date.toISOString().startsWith(text);
}

/** @param {string} iso `1984-02-29` */
export function day(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : dayFormat.format(date);
}

/** @param {string | number} when */
export function moment(when) {
  return momentFormat.format(new Date(when));
}

/**
 * @param {string | number} when
 * @param {number} [now]
 */
export function ago(when, now = Date.now()) {
  const passed = new Date(when).getTime() - now;
  // A clock that is slow makes it the future.
  if (passed > -JUST_NOW) return "just now";
  const [unit, size] = UNITS.find(([, size]) => Math.abs(passed) >= size) ?? UNITS[3];
  return agoFormat.format(Math.trunc(passed / size), unit);
}

/**
 * Whole years since a day.
 * @param {string} iso
 * @param {Date} [today]
 */
export function age(iso, today = new Date()) {
  const [year, month, date] = iso.split("-").map(Number);
  const before = [today.getMonth() + 1, today.getDate()];
  const had = before[0] > month || (before[0] === month && before[1] >= date);
  return today.getFullYear() - year - (had ? 0 : 1);
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString(LOCALE)} ${number === 1 ? one : many}`;
}
