/** Putting back what is in the history: a value that lost, or a record that was deleted. */

import { restore } from "./api.js";
import { may } from "./caller.js";
import { CUSTOMERS } from "./customer.js";
import { say } from "./dialog.js";
import { h } from "./dom.js";
import { sentence } from "./parts.js";
import { go, to } from "./routes.js";

/**
 * A button that makes values of an entry the newest again, for whoever may.
 * @param {string} id of the customer
 * @param {{origin: string, seq: number}} entry
 * @param {string[]} names of the values
 */
export function putBack(id, { origin, seq }, names) {
  return may("customers")
    ? button("Put it back", id, { origin, seq, fields: names }, "It is put back.", location.hash)
    : null;
}

/**
 * A button that brings a deleted record back, for whoever may.
 * @param {string} id
 */
export function undelete(id) {
  return may("customers")
    ? button("Restore the record", id, {}, "The record is back.", to("customers", id))
    : null;
}

/**
 * @param {string} label
 * @param {string} id
 * @param {{origin?: string, seq?: number, fields?: string[]}} entry
 * @param {string} done
 * @param {string} next where one goes then
 */
function button(label, id, entry, done, next) {
  return h("button.put-back", { type: "button", onclick }, label);

  async function onclick() {
    try {
      await restore(`${CUSTOMERS}/${encodeURIComponent(id)}`, entry);
    } catch (error) {
      return say("Not restored. ", sentence(error));
    }
    document.dispatchEvent(new Event("changed"));
    go(next);
    say(done);
  }
}
