/** The chooser of who one is, and how the page looks. */

import { ROLES, callerOf, currentCaller, enter, isAgain, leave, usesToken } from "./caller.js";
import { openDialog } from "./dialog.js";
import { dropDrafts } from "./drafts.js";
import { fill, h, isolated, one, unseen } from "./dom.js";
import { forgetSearch } from "./find.js";
import { heading } from "./parts.js";
import { THEMES, prefer, preferences } from "./preferences.js";
import { forgetAll } from "./recent.js";

const button = one("#who");
button.addEventListener("click", openChooser);

/** Says in the head of the page who one is. */
export function showWho() {
  const caller = currentCaller();
  button.hidden = !caller;
  if (!caller) return;
  fill(
    button,
    h("span.initial", { "aria-hidden": "true" }, [...caller.actor][0].toUpperCase()),
    h(
      "span.who-name",
      null,
      isolated(caller.actor),
      unseen(", "),
      h("span.who-role", null, ROLES[caller.role].label),
    ),
  );
}

/**
 * The first view, for somebody the page does not know yet.
 * @param {HTMLElement} place
 * @param {string} reason why they are here again
 */
export function showEntrance(place, reason) {
  const form = whoForm("Start", () => {});
  fill(
    place,
    h(
      "article.card.entrance",
      null,
      h("header.card-head", null, heading(usesToken ? "Sign in" : "Who are you?")),
      h(
        "p",
        null,
        usesToken
          ? "This registry wants a token from your sign-in service."
          : "What you do is written down under your name.",
      ),
      reason ? h("p.remark", { role: "alert" }, `The registry said: ${reason}.`) : null,
      form,
    ),
  );
  one("input, textarea", form).focus();
}

function openChooser() {
  const dialog = openDialog(
    "You and this page",
    whoForm("Done", () => dialog.close()),
  );
}

/**
 * @param {string} done
 * @param {() => void} close
 */
function whoForm(done, close) {
  const caller = currentCaller();
  const error = h("p.error", { id: "who-error", role: "alert" });
  const form = h(
    "form.who-form",
    { novalidate: true, onsubmit: submit },
    usesToken ? tokenParts(caller) : headerParts(caller),
    error,
    caller ? comfort() : null,
    h(
      "div.actions",
      null,
      h("button.primary", { type: "submit" }, done),
      caller
        ? h("button", { type: "button", onclick: signOut }, usesToken ? "Sign out" : "Forget me")
        : null,
    ),
  );
  return form;

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const given = new FormData(form);
    const someone = usesToken ? fromToken(given, caller) : fromChoice(given);
    if (typeof someone === "string") return fill(error, someone);
    close();
    if (
      someone.actor === caller?.actor &&
      someone.role === caller?.role &&
      someone.token === caller?.token
    )
      return;
    if (!isAgain(someone)) forgetOthers();
    enter(someone);
  }

  function signOut() {
    close();
    forgetOthers();
    leave();
  }
}

/** What one person opened, searched or typed is not for the next one. */
function forgetOthers() {
  forgetAll();
  forgetSearch();
  dropDrafts();
}

/** @param {import("./caller.js").Caller | null} caller */
function headerParts(caller) {
  const chosen = caller?.role ?? "service_agent";
  return [
    h(
      "div.field",
      null,
      h("label", { for: "who-actor" }, "Your name"),
      h("input", {
        id: "who-actor",
        name: "actor",
        dir: "auto",
        maxlength: 100,
        autocomplete: "username",
        value: caller?.actor,
        "aria-describedby": "who-error",
      }),
    ),
    h(
      "fieldset.roles",
      null,
      h("legend", null, "Your role"),
      Object.entries(ROLES).map(([role, { label, may }]) =>
        h(
          "label",
          null,
          h("input", { type: "radio", name: "role", value: role, checked: role === chosen }),
          h("span", null, h("b", null, label), h("span.small.quiet", null, may)),
        ),
      ),
    ),
  ];
}

/** @param {import("./caller.js").Caller | null} caller */
function tokenParts(caller) {
  return [
    caller
      ? h(
          "p",
          null,
          "Signed in as ",
          h("b", null, isolated(caller.actor)),
          `, ${ROLES[caller.role].label.toLowerCase()}.`,
        )
      : null,
    h(
      "div.field",
      null,
      h("label", { for: "who-token" }, caller ? "Another token" : "Token"),
      h("textarea", {
        id: "who-token",
        name: "token",
        rows: 4,
        spellcheck: "false",
        autocomplete: "off",
        "aria-describedby": "who-error",
      }),
    ),
    h("p.hint", null, "It is kept until this tab is closed."),
  ];
}

function comfort() {
  return h(
    "div.comfort",
    null,
    h(
      "div.field",
      null,
      h("label", { for: "theme" }, "Appearance"),
      h(
        "select",
        {
          id: "theme",
          onchange: (/** @type {any} */ event) => prefer({ theme: event.target.value }),
        },
        Object.entries(THEMES).map(([value, label]) =>
          h("option", { value, selected: value === preferences.theme }, label),
        ),
      ),
    ),
    h(
      "label.check",
      null,
      h("input", {
        type: "checkbox",
        checked: preferences.shortcuts,
        onchange: (/** @type {any} */ event) => prefer({ shortcuts: event.target.checked }),
      }),
      h(
        "span",
        null,
        "Keys without Ctrl, like ",
        h("kbd", null, "/"),
        " for the search; ",
        h("kbd", null, "?"),
        " shows them all",
      ),
    ),
  );
}

/**
 * @param {FormData} given
 * @returns {import("./caller.js").Caller | string}
 */
function fromChoice(given) {
  const actor = String(given.get("actor")).trim();
  if (!actor) return "Your name is required.";
  return { actor, role: String(given.get("role")) };
}

/**
 * @param {FormData} given
 * @param {import("./caller.js").Caller | null} caller
 * @returns {import("./caller.js").Caller | string}
 */
function fromToken(given, caller) {
  const token = String(given.get("token"))
    .replace(/^Bearer\s+/i, "")
    .trim();
  if (!token && caller) return caller;
  return callerOf(token) ?? "This is no token that names you and a role here, or its time is over.";
}
