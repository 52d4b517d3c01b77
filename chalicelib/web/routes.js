/** Where in the page one is: the part of the address after the hash. */

/** @typedef {{name: string, id: string, query: URLSearchParams}} Route */

/** Why the address changed, where nobody asked for it at that moment. */
export const ANSWERED = "answered";

const ROUTES = /** @type {[RegExp, string][]} */ ([
  [/^\/$/, "start"],
  [/^\/customers\/new$/, "new-customer"],
  [/^\/customers\/([^/]+)$/, "customer"],
  [/^\/customers\/([^/]+)\/edit$/, "edit-customer"],
  [/^\/customers\/([^/]+)\/history$/, "history"],
  [/^\/conflicts$/, "conflicts"],
  [/^\/fields$/, "fields"],
  [/^\/fields\/([^/]+)$/, "edit-field"],
  // Not below the fields: one may be called `new`.
  [/^\/new-field$/, "new-field"],
  [/^\/audit$/, "audit"],
  [/^\/locations$/, "locations"],
]);

/** @returns {Route} */
export function currentRoute() {
  const [path, query] = (location.hash.slice(1) || "/").split("?");
  for (const [pattern, name] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return { name, id: decoded(found[1] ?? ""), query: new URLSearchParams(query) };
  }
  return { name: "nowhere", id: "", query: new URLSearchParams() };
}

/** @param {...string} parts `to("customers", id)` is `#/customers/ID` */
export function to(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** @param {string} hash */
export function go(hash) {
  if (location.hash === hash) dispatchEvent(new Event("hashchange"));
  else location.hash = hash;
}

/**
 * An answer leads there: without leaving the place one is at in the history of the browser, and
 * without taking the focus from whatever else one does while it comes.
 * @param {string} hash
 */
export function goInstead(hash) {
  history.replaceState(null, "", hash);
  dispatchEvent(new CustomEvent("hashchange", { detail: ANSWERED }));
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
