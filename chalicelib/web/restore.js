/** Putting back what is in the history: a value that lost, or a record that was deleted. */

import { restore } from "./api.js";
import { may } from "./caller.js";
import { CUSTOMERS, tellChange } from "./customer.js";
import { say } from "./dialog.js";
import { h } from "./dom.js";
import { onceAtATime, sentence } from "./parts.js";
import { go, to } from "./routes.js";

/**
 * A button that makes values of an entry the newest again, for whoever may.
 * @param {string} id of the customer
 * @param {{origin: string, seq: number}} entry
 * @param {string[]} names of the values
 * @param {number} [version] of the customer, where the page shows one
 */
export function putBack(id, { origin, seq }, names, version) {
  const from = { origin, seq, fields: names };
  return may("customers")
    ? button("Put it back", { id, from, version, done: "It is put back.", next: location.hash })
    : null;
}

/**
 * A button that brings a deleted record back, for whoever may.
 * @param {string} id
 */
export function undelete(id) {
  const next = to("customers", id);
  return may("customers")
    ? button("Restore the record", { id, from: {}, done: "The record is back.", next })
    : null;
}

/**
 * @param {string} label
 * @param {object} wanted
 * @param {string} wanted.id of the customer
 * @param {{origin?: string, seq?: number, fields?: string[]}} wanted.from the entry
 * @param {number} [wanted.version]
 * @param {string} wanted.done what is said then
 * @param {string} wanted.next where one goes then
 */
function button(label, { id, from, version, done, next }) {
  return h("button.put-back", { type: "button", onclick: onceAtATime(putItBack) }, label);

  async function putItBack() {
    const here = location.hash;
    let customer;
    try {
      customer = await restore(`${CUSTOMERS}/${encodeURIComponent(id)}`, from, version);
    } catch (error) {
      return sayNotRestored(error, here);
    }
    tellChange(id, customer);
    if (location.hash === here) go(next);
    say(done);
  }
}

/**
 * @param {any} error
 * @param {string} here where it was asked for
 */
function sayNotRestored(error, here) {
  if (error.status !== 412) return say(`Not restored. ${sentence(error)}`);
  const isHere = location.hash === here;
  if (isHere) go(here);
  const now = isHere ? " Here is the record as it is now." : "";
  say(`Not restored: somebody changed this customer meanwhile.${now}`);
}
