/** A customer to read. */

import { read, remove } from "./api.js";
import { may } from "./caller.js";
import { CUSTOMERS, born, customerFields, shown, tellChange, valuesOf } from "./customer.js";
import { ask, say } from "./dialog.js";
import { fill, h, isolated } from "./dom.js";
import { fullName, heading, missingView, onceAtATime, sentence, sinceThen } from "./parts.js";
import { remember } from "./recent.js";
import { go, to } from "./routes.js";
import { day } from "./words.js";

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} route
 * @param {AbortSignal} signal
 */
export async function showCard(place, { id }, signal) {
  const [customer, fields] = await Promise.all([
    read(`${CUSTOMERS}/${encodeURIComponent(id)}`, {}, signal).catch(missing),
    customerFields(),
  ]);
  if (signal.aborted) return;
  if (!customer) {
    // Lists from before may have them still.
    tellChange(id, null);
    return fill(place, nobody());
  }
  fill(place, card(customer, fields));
  remember(customer);
  // Before it is needed: a connection may be slow by then, or away.
  if (may("history")) import("./history.js").catch(() => {});
}

/**
 * The head that card and history share.
 * @param {any} customer
 * @param {"details" | "history"} tab
 */
export function cardHead(customer, tab) {
  return h(
    "header.card-head",
    null,
    h("a.back", { href: "#/", "data-key": "Escape" }, "Back to the search"),
    heading(fullName(customer)),
    h(
      "p.facts",
      null,
      customer.dob ? h("span", null, "Born ", born(customer.dob)) : null,
      customer.document_number
        ? h("span", null, "Document ", isolated(customer.document_number))
        : null,
    ),
    customer.duplicate_of
      ? h(
          "p.remark",
          null,
          "The document number belongs to ",
          h("a", { href: to("customers", customer.duplicate_of) }, "another customer"),
          ", who had it first.",
        )
      : null,
    may("history") ? tabs(customer.id, tab) : null,
  );
}

export function nobody() {
  return missingView(
    "This customer is not here.",
    h("p.quiet", null, "Perhaps somebody deleted the record, or its time was over."),
    h("a.button", { href: "#/", "data-key": "Escape" }, "Back to the search"),
  );
}

/** @param {any} error */
export function missing(error) {
  if (error.status === 404) return null;
  throw error;
}

/**
 * @param {string} id
 * @param {"details" | "history"} tab
 */
function tabs(id, tab) {
  return h(
    "nav.tabs",
    { "aria-label": "About this customer" },
    h(
      "a",
      {
        href: to("customers", id),
        "data-key": "d",
        "aria-keyshortcuts": "d",
        "aria-current": tab === "details" && "page",
      },
      "Details",
    ),
    h(
      "a",
      {
        href: to("customers", id, "history"),
        "data-key": "h",
        "aria-keyshortcuts": "h",
        "aria-current": tab === "history" && "page",
      },
      "History",
    ),
  );
}

/**
 * @param {any} customer
 * @param {import("./customer.js").Field[]} fields
 */
function card(customer, fields) {
  const values = valuesOf(customer);
  return h(
    "article.card",
    null,
    cardHead(customer, "details"),
    h(
      "dl.values",
      null,
      fields.map((field) =>
        h(
          "div",
          null,
          h("dt", null, isolated(field.label)),
          h("dd", null, shown(values[field.name], field.type)),
        ),
      ),
    ),
    may("customers") ? actions(customer) : null,
    h(
      "p.small.quiet.about",
      null,
      h("span", null, "Changed ", sinceThen(customer.updated_at)),
      h("span", null, "Created ", sinceThen(customer.created_at), " at ", customer.origin),
      h(
        "span",
        null,
        "Kept until ",
        h("time", { datetime: customer.expires_on }, day(customer.expires_on)),
        " unless it changes",
      ),
      h("span", null, `Version ${customer.version}`),
    ),
  );
}

/** @param {any} customer */
function actions(customer) {
  return h(
    "div.actions",
    null,
    h(
      "a.button.primary",
      { href: to("customers", customer.id, "edit"), "data-key": "e", "aria-keyshortcuts": "e" },
      "Edit",
    ),
    h(
      "button.danger",
      { type: "button", onclick: onceAtATime(() => askAndDelete(customer)) },
      "Delete",
    ),
  );
}

/** @param {any} customer */
async function askAndDelete(customer) {
  const text = "Nobody finds the record any more, at any location. Its history stays.";
  if (!(await ask(["Delete ", fullName(customer), "?"], text, "Delete"))) return;
  try {
    // Whom somebody else deleted is deleted.
    await remove(`${CUSTOMERS}/${customer.id}`, customer.version).catch(missing);
  } catch (error) {
    return sayNotDeleted(customer, error);
  }
  if (isShown(customer)) go("#/");
  tellChange(customer.id, null);
  say(fullName(customer), " is deleted.");
}

/**
 * @param {any} customer
 * @param {any} error
 */
function sayNotDeleted(customer, error) {
  const isHere = isShown(customer);
  const start = isHere ? ["Not deleted"] : [fullName(customer), " is not deleted"];
  if (error.status !== 412) return say(start, `. ${sentence(error)}`);
  if (isHere) go(location.hash);
  const now = isHere ? " Here is the record as it is now." : "";
  say(start, `: somebody changed this customer meanwhile.${now}`);
}

/**
 * Whether one is still at the card: who went on before the answer came stays there.
 * @param {any} customer
 */
function isShown(customer) {
  return location.hash === to("customers", customer.id);
}
