/**
 * Who uses the page, and what they may do.
 *
 * In header mode they say it themselves. In oidc mode their token does; the page only reads it, the
 * server verifies it. Either way the server decides: the page merely leaves out what it would refuse.
 */

import { keep, recall } from "./storage.js";

const page = document.documentElement.dataset;
export const usesToken = page.authMode === "oidc";

/** @type {Record<string, {label: string, may: string, grants: string[]}>} */
export const ROLES = {
  customer: { label: "Customer", may: "Finds and reads customers.", grants: [] },
  service_agent: {
    label: "Service agent",
    may: "Also creates, changes and deletes customers, and reads their history.",
    grants: ["customers", "history", "conflicts"],
  },
  service_provider: {
    label: "Service provider",
    may: "Also looks after the fields, the audit and the locations.",
    grants: ["customers", "history", "conflicts", "fields", "audit", "locations"],
  },
};

/** @typedef {{actor: string, role: string, token?: string, sub?: string}} Caller */

/** @type {Caller | null} */
let caller = usesToken ? callerOf(recall("token", sessionStorage) ?? "") : known(recall("caller"));

/** Whose work is still in the page: a token that is over takes nobody's work away. */
let owner = caller;

/** @returns {Caller | null} */
export function currentCaller() {
  return caller;
}

/**
 * Whether the one before was the same person, with whatever role and token.
 * @param {Caller} someone
 */
export function isAgain(someone) {
  // Two people can bear one name, where a name is what the registry writes down of them.
  return owner?.actor === someone.actor && owner.sub === someone.sub;
}

/** @param {string} what a section, or `customers` for changing them */
export function may(what) {
  return caller !== null && ROLES[caller.role].grants.includes(what);
}

/** @param {Caller} someone */
export function enter(someone) {
  caller = owner = someone;
  if (usesToken) keep("token", someone.token, sessionStorage);
  else keep("caller", { actor: someone.actor, role: someone.role });
  document.dispatchEvent(new Event("caller"));
}

/** @param {string} [reason] shown where they can come back */
export function leave(reason = "") {
  caller = null;
  keep(usesToken ? "token" : "caller", null, usesToken ? sessionStorage : localStorage);
  document.dispatchEvent(new CustomEvent("caller", { detail: reason }));
}

/** @returns {Record<string, string>} the headers that say who asks */
export function identification() {
  if (!caller) return {};
  if (usesToken) return { Authorization: `Bearer ${caller.token}` };
  return { "X-Role": caller.role, "X-Actor": encodeURIComponent(caller.actor) };
}

/**
 * The person a token speaks of, or null where it cannot be read, is over, or names no known role.
 * @param {string} token
 * @returns {Caller | null}
 */
export function callerOf(token) {
  const claims = claimsOf(token);
  const named = [claims[page.roleClaim ?? "role"]].flat();
  const role = Object.keys(ROLES).findLast((name) => named.includes(name));
  const actor = claims[page.actorClaim ?? "sub"];
  if (!role || !actor || claims.exp * 1000 < Date.now()) return null;
  return known({ actor, role, token, sub: claims.sub });
}

/** @param {string} token */
function claimsOf(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/** @param {any} someone */
function known(someone) {
  return someone?.actor && someone.role in ROLES ? someone : null;
}
