/** The registry's API: one function for each kind of call, and what can go wrong with it. */

import { currentCaller, identification, leave } from "./caller.js";
import { lost } from "./connection.js";

/** The registry refused, and says why. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{detail?: string, code?: string, field?: string, request_id?: string}} body
   */
  constructor(status, body) {
    super(body.detail ?? "The registry gave no reason.");
    this.status = status;
    this.code = body.code ?? "";
    this.field = body.field ?? null;
    this.requestId = body.request_id ?? "";
  }
}

// A gateway gives up after 29 seconds.
const TOO_LONG = 30000;

/** @typedef {{body?: unknown, headers?: Record<string, string>, signal?: AbortSignal}} Options */

/** The registry could not be reached. */
export class NoConnection extends Error {}

/**
 * @param {string} path
 * @param {Record<string, string | number>} [query] what is empty is left out
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function read(path, query = {}, signal) {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return call("GET", given.length ? `${path}?${search}` : path, { signal });
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {string} key says that a second one is the same: a lost answer creates nothing twice
 */
export function create(path, body, key) {
  return call("POST", path, { body, headers: { "Idempotency-Key": key } });
}

/**
 * Values of an earlier entry, or a deleted record as it was, become the newest version.
 * @param {string} path of the customer
 * @param {{origin?: string, seq?: number, fields?: string[]}} entry
 * @param {number} [version] the one that is replaced; any, where the page shows none
 */
export function restore(path, entry, version) {
  const replaced = version === undefined ? "*" : `"${version}"`;
  return call("POST", `${path}/restore`, { body: entry, headers: { "If-Match": replaced } });
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {number} version the one that is replaced
 */
export function change(path, body, version) {
  return call("PATCH", path, { body, headers: { "If-Match": `"${version}"` } });
}

/**
 * @param {string} path
 * @param {number} version
 */
export function remove(path, version) {
  return call("DELETE", path, { headers: { "If-Match": `"${version}"` } });
}

/** Keys for what one form creates: the same body gets the same key again. */
export function keysByBody() {
  const keys = /** @type {Map<string, string>} */ (new Map());
  return (/** @type {unknown} */ body) => {
    const text = JSON.stringify(body);
    if (!keys.has(text)) keys.set(text, newKey());
    return /** @type {string} */ (keys.get(text));
  };
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (number) =>
    number.toString(36),
  ).join("-");
}

/**
 * Whoever gives no answer for too long is as good as away.
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 * @returns {Promise<any>}
 */
async function call(method, path, options) {
  const { signal } = options;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TOO_LONG);
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
  try {
    return await answered(method, path, { ...options, signal: either });
  } catch (error) {
    throw late.signal.aborted && !signal?.aborted ? noConnection() : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 * @returns {Promise<any>}
 */
async function answered(method, path, { body, headers = {}, signal }) {
  const sender = currentCaller();
  const answer = await send(path, {
    method,
    signal,
    headers: {
      ...identification(),
      ...headers,
      ...(body ? { "Content-Type": "application/json" } : {}),
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = new Problem(answer.status, await answer.json().catch(() => ({})));
  // A late answer to somebody's old token says nothing of the new one.
  if (answer.status === 401 && sender && sender === currentCaller()) leave(problem.message);
  throw problem;
}

/**
 * @param {string} path
 * @param {RequestInit} request
 */
async function send(path, request) {
  try {
    return await fetch(path, request);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw noConnection();
  }
}

function noConnection() {
  lost();
  return new NoConnection("There is no connection to the registry.");
}
