/** What was typed and not yet saved: leaving a form and coming back loses nothing. */

/** @typedef {{values: import("./customer.js").Values, customer: any}} Draft */

/** @type {Map<string, Draft>} */
const drafts = new Map();

/**
 * @param {string} id
 * @returns {Draft | undefined}
 */
export function draftOf(id) {
  return drafts.get(id);
}

/**
 * @param {string} id
 * @param {Draft} draft
 */
export function keepDraft(id, draft) {
  drafts.set(id, draft);
}

/** @param {string} id */
export function dropDraft(id) {
  drafts.delete(id);
}

export function dropDrafts() {
  drafts.clear();
}

window.addEventListener("beforeunload", (event) => {
  if (drafts.size) event.preventDefault();
});
