/** The fields that were added to a customer: the list, and deleting one. */

import { Problem, read, remove } from "./api.js";
import { missing } from "./card.js";
import { forgetFields } from "./customer.js";
import { ask, say } from "./dialog.js";
import { fill, h, isolated, unseen } from "./dom.js";
import { dropDraft } from "./drafts.js";
import { heading, nothing, onceAtATime, sentence } from "./parts.js";
import { go, to } from "./routes.js";

export const FIELDS = "api/customers/fields";
export const TYPES = /** @type {Record<string, string>} */ ({
  text: "Text",
  number: "Number",
  integer: "Whole number",
  boolean: "Yes or no",
  date: "Date",
  choice: "Choice",
  email: "E-mail address",
  phone: "Phone number",
});

/**
 * @param {HTMLElement} place
 * @param {import("./routes.js").Route} _route
 * @param {AbortSignal} signal
 */
export async function showFields(place, _route, signal) {
  const { items } = await read(FIELDS, {}, signal);
  if (signal.aborted) return;
  const add = h(
    "a.button.primary",
    { href: "#/new-field", "data-key": "n", "aria-keyshortcuts": "n" },
    "New field",
  );
  fill(
    place,
    h(
      "article.page",
      null,
      h("header.page-head", null, heading("Fields"), add),
      items.length
        ? table(items)
        : nothing(
            "No fields have been added.",
            h(
              "p.quiet",
              null,
              "A customer has a name, a date of birth and a document number. Add what else you need to know.",
            ),
          ),
    ),
  );
}

/** @param {any[]} definitions */
function table(definitions) {
  return h(
    "div.scroll",
    { tabindex: "0", role: "region", "aria-label": "Fields" },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["Field", "Type", "Rules", "State"].map((name) => h("th", { scope: "col" }, name)),
          h("th", { scope: "col" }, unseen("Actions")),
        ),
      ),
      h("tbody", null, definitions.map(row)),
    ),
  );
}

/** @param {any} definition */
function row(definition) {
  const { key, label, type, active } = definition;
  return h(
    "tr",
    null,
    h(
      "th",
      { scope: "row" },
      h("a", { href: to("fields", key) }, isolated(label)),
      h("code.small.quiet", null, key),
    ),
    h("td", null, TYPES[type] ?? type),
    h("td.rules", null, rules(definition)),
    h(
      "td",
      null,
      h(active ? "span.badge.good" : "span.badge", null, active ? "Active" : "Inactive"),
    ),
    h(
      "td",
      null,
      h(
        "button.small.danger",
        { type: "button", onclick: onceAtATime(() => askAndDelete(definition)) },
        "Delete",
        unseen(` ${label}`),
      ),
    ),
  );
}

/** @param {any} definition */
function rules({ required, searchable, choices, pattern }) {
  const all = [
    required ? "required" : null,
    searchable ? "searched too" : null,
    choices.length ? isolated(choices.join(", ")) : null,
    pattern ? h("code", { dir: "ltr" }, pattern) : null,
  ].filter(Boolean);
  return all.length
    ? h(
        "span.facts",
        null,
        all.map((rule) => h("span", null, rule)),
      )
    : h("span.quiet", null, "none");
}

/** @param {any} definition */
async function askAndDelete(definition, force = false) {
  const title = ["Delete ", isolated(definition.label), "?"];
  const text = force
    ? "Customers may still have a value for it. It will be hidden in all of them, at every location."
    : "Nobody can fill in this field any more, at any location.";
  if (!(await ask(title, text, force ? "Delete it all the same" : "Delete"))) return;
  try {
    const path = `${FIELDS}/${definition.key}${force ? "?force=true" : ""}`;
    await remove(path, definition.version).catch(missing);
  } catch (error) {
    if (error instanceof Problem && error.code === "still_in_use" && isShown())
      return askAndDelete(definition, true);
    say(
      isolated(definition.label),
      " is not deleted. ",
      error instanceof Problem && error.status === 412
        ? "Somebody changed this field meanwhile."
        : sentence(error),
    );
    return showAnew();
  }
  forgetFields();
  dropDraft(to("fields", definition.key));
  showAnew();
  say(isolated(definition.label), " is deleted.");
}

function showAnew() {
  if (isShown()) go("#/fields");
}

/** Whether one is still at the list: who went on before the answer came stays there. */
function isShown() {
  return location.hash === "#/fields";
}
