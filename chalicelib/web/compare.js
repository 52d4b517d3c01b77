/** Two people changed the same record: mine and theirs beside each other, field by field. */

import { h, isolated, unseen } from "./dom.js";

/**
 * @typedef {object} Clash a value that is not the same in both
 * @property {string} name
 * @property {string} label
 * @property {any} before what both started from
 * @property {any} mine
 * @property {any} theirs
 * @property {(value: any) => import("./dom.js").Child} show
 */

/**
 * The fields in which the two are not the same.
 * @param {Record<string, any>} before
 * @param {Record<string, any>} mine
 * @param {Record<string, any>} theirs
 */
export function clashing(before, mine, theirs) {
  const same = (/** @type {any} */ one, /** @type {any} */ other) =>
    JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
  return Object.keys(mine)
    .filter((name) => !same(mine[name], theirs[name]))
    .map((name) => ({
      name,
      before: before[name] ?? null,
      mine: mine[name],
      theirs: theirs[name] ?? null,
      // Where only one of the two changed it, that one is meant.
      meant: same(mine[name], before[name])
        ? "theirs"
        : same(theirs[name], before[name])
          ? "mine"
          : "",
    }));
}

/**
 * @param {Clash & {meant: string}} clash
 * @returns {{element: HTMLElement, name: string, chosen: () => any, isDecided: () => boolean, blame: () => void}}
 */
export function choice({ name, label, before, mine, theirs, show, meant }) {
  const inputs = { mine: radio(name, "mine", meant), theirs: radio(name, "theirs", meant) };
  const error = h("p.error", { id: `compare-${name}-error` });
  const element = h(
    "fieldset.compare",
    { "aria-describedby": error.id },
    h("legend", null, isolated(label)),
    h(
      "label.version",
      null,
      inputs.mine,
      h(
        "span",
        null,
        h("span.whose", null, "Yours"),
        unseen(": "),
        h("span.value", null, show(mine)),
      ),
    ),
    h(
      "label.version",
      null,
      inputs.theirs,
      h(
        "span",
        null,
        h("span.whose", null, "Theirs"),
        unseen(": "),
        h("span.value", null, show(theirs)),
      ),
    ),
    h("p.quiet.small", null, "Before: ", show(before)),
    error,
  );
  const isDecided = () => inputs.mine.checked || inputs.theirs.checked;
  return {
    element,
    name,
    isDecided,
    chosen: () => (inputs.mine.checked ? mine : theirs),
    blame: () => {
      error.textContent = isDecided() ? "" : "Both of you changed this. Choose one.";
      if (!isDecided()) inputs.mine.focus();
    },
  };
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} meant
 */
function radio(name, value, meant) {
  return h("input", { type: "radio", name: `compare-${name}`, value, checked: value === meant });
}
