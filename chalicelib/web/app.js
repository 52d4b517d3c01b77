/** The page: shows the view that the address names, to somebody who may see it. */

import { NoConnection } from "./api.js";
import { currentCaller, may } from "./caller.js";
import { showCard } from "./card.js";
import { showConflicts } from "./conflicts.js";
import { whenBack } from "./connection.js";
import { customerFields } from "./customer.js";
import { showEditCustomer, showNewCustomer } from "./customer-form.js";
import { closeDialog } from "./dialog.js";
import { fill, h, one } from "./dom.js";
import { focusBox, showFind } from "./find.js";
import { markOpened } from "./hit.js";
import { keyList, listenForKeys } from "./keys.js";
import { heading, isElsewhere, loading, missingView, trouble } from "./parts.js";
import { applyTheme } from "./preferences.js";
import { ANSWERED, currentRoute } from "./routes.js";
import { showEntrance, showWho } from "./who.js";

/**
 * @typedef {object} View
 * @property {(place: HTMLElement, route: import("./routes.js").Route, signal: AbortSignal) => Promise<void> | void} show
 * @property {string} title in the window's; never a customer's name, which the browser would keep
 * @property {string} [needs] what one must be allowed to do
 */

/**
 * The views that agents never see: they do not load them.
 * @type {Record<string, () => Promise<View["show"]>>}
 */
const LATER = {
  fields: async () => (await import("./fields.js")).showFields,
  "new-field": async () => (await import("./field-form.js")).showNewField,
  "edit-field": async () => (await import("./field-form.js")).showEditField,
  audit: async () => (await import("./audit.js")).showAudit,
  locations: async () => (await import("./locations.js")).showLocations,
};

/** @type {Record<string, View>} */
const VIEWS = {
  start: { show: showStart, title: "Find" },
  customer: { show: showCard, title: "Customer" },
  "new-customer": { show: showNewCustomer, title: "New customer", needs: "customers" },
  "edit-customer": { show: showEditCustomer, title: "Edit customer", needs: "customers" },
  history: {
    // The card that leads there has loaded it.
    show: async (...given) => (await import("./history.js")).showHistory(...given),
    title: "History",
    needs: "history",
  },
  conflicts: { show: showConflicts, title: "Conflicts", needs: "conflicts" },
  fields: { show: later("fields"), title: "Fields", needs: "fields" },
  "new-field": { show: later("new-field"), title: "New field", needs: "fields" },
  "edit-field": { show: later("edit-field"), title: "Edit field", needs: "fields" },
  audit: { show: later("audit"), title: "Audit", needs: "audit" },
  locations: { show: later("locations"), title: "Locations", needs: "locations" },
  nowhere: { show: showNowhere, title: "Nothing here" },
};
const SECTIONS = /** @type {[string, string, string][]} */ ([
  ["find", "#/", "Find"],
  ["conflicts", "#/conflicts", "Conflicts"],
  ["fields", "#/fields", "Fields"],
  ["audit", "#/audit", "Audit"],
  ["locations", "#/locations", "Locations"],
]);

const find = one("#find");
const detail = one("#detail");
const sections = one("#sections");
let shown = new AbortController();
/** How far down the list a small screen was, which shows it or a customer. */
let listScrolled = 0;

applyTheme();
listenForKeys();
one(".skip").addEventListener("click", skip);
window.addEventListener("hashchange", render);
document.addEventListener("caller", (event) => start(/** @type {CustomEvent} */ (event).detail));
start("");

/** @param {string} reason why nobody is there any more */
function start(reason) {
  showWho();
  if (!currentCaller()) return showDoor(reason);
  showFind();
  render();
  customerFields().catch(() => {});
  // While there is a connection: whoever may see it finds it there later.
  for (const [name, load] of Object.entries(LATER)) {
    if (may(VIEWS[name].needs ?? "")) load().catch(() => {});
  }
}

/**
 * @param {string} name
 * @returns {View["show"]}
 */
function later(name) {
  return async (place, route, signal) => {
    const show = await LATER[name]();
    if (!signal.aborted) return show(place, route, signal);
  };
}

/** @param {string} reason */
function showDoor(reason) {
  shown.abort();
  document.body.dataset.view = "entrance";
  find.hidden = true;
  fill(sections);
  showEntrance(detail, reason);
}

/** @param {Event} [event] why it shows */
function render(event) {
  // Not where the page itself shows a view anew.
  if (event instanceof HashChangeEvent) closeDialog();
  if (!currentCaller()) return;
  const route = currentRoute();
  const view = VIEWS[route.name];
  shown.abort();
  shown = new AbortController();
  if (document.body.dataset.view === "start") listScrolled = window.scrollY;
  document.body.dataset.view = route.name;
  document.title = `${view.title} · SINS ${document.documentElement.dataset.location}`;
  // A section has the name of what its views need.
  const section = SECTIONS.find(([name]) => name === view.needs)?.[0] ?? "find";
  find.hidden = section !== "find";
  showSections(section);
  markOpened(find);
  open(view, route, shown.signal, event instanceof CustomEvent && event.detail === ANSWERED);
}

/**
 * @param {View} view
 * @param {import("./routes.js").Route} route
 * @param {AbortSignal} signal
 * @param {boolean} isAnswer nobody asked for it at this moment
 */
async function open(view, route, signal, isAnswer) {
  fill(detail, loading());
  detail.scrollTop = 0;
  try {
    if (view.needs && !may(view.needs)) showForbidden();
    else await view.show(detail, route, signal);
    if (!signal.aborted && !(isAnswer && isElsewhere())) focusHeading(route);
  } catch (error) {
    if (signal.aborted) return;
    fill(detail, trouble(error, render));
    if (!isElsewhere()) one("button", detail).focus();
    if (error instanceof NoConnection) whenBack(render, signal);
  }
}

/** @param {import("./routes.js").Route} route */
function focusHeading(route) {
  if (route.name === "start") {
    focusBox();
    return window.scrollTo(0, listScrolled);
  }
  if (detail.contains(document.activeElement) && document.activeElement !== detail) return;
  detail.querySelector("h1")?.focus({ preventScroll: true });
}

/**
 * The address says which view is shown: a link within the page would lead away from it.
 * @param {Event} event
 */
function skip(event) {
  event.preventDefault();
  if (detail.checkVisibility()) detail.focus();
  else focusBox();
}

/** @param {string} section */
function showSections(section) {
  const offered = SECTIONS.filter(([name]) => name === "find" || may(name));
  const links = offered.map(([name, href, label]) =>
    h("a", { href, "aria-current": name === section && "page" }, label),
  );
  fill(sections, links.length > 1 ? links : null);
  scrollToSection(links.find((link) => link.matches("[aria-current]")));
}

/**
 * On a small screen not all sections fit.
 * @param {HTMLElement | undefined} link
 */
function scrollToSection(link) {
  if (!link) return;
  const beside = (sections.clientWidth - link.offsetWidth) / 2;
  sections.scrollLeft = link.offsetLeft - sections.offsetLeft - beside;
}

/** @param {HTMLElement} place */
function showStart(place) {
  fill(place, h("div.welcome", null, heading("Choose a customer."), keyList()));
}

/** @param {HTMLElement} place */
function showNowhere(place) {
  fill(
    place,
    missingView(
      "There is nothing at this address.",
      h("a.button", { href: "#/" }, "Find a customer"),
    ),
  );
}

function showForbidden() {
  fill(
    detail,
    missingView(
      "Your role may not see this.",
      h("p.quiet", null, "Choose another one at the top, or ask somebody who may."),
      h("a.button", { href: "#/" }, "Find a customer"),
    ),
  );
}
