/** Whether the registry can be reached. Where it cannot, a bar says so until it can again. */

import { one } from "./dom.js";

const EVERY = 2000;
// An answer that has not come by then will not come.
const PATIENCE = 10000;
const bar = one("#connection");
let away = false;

/** Says that nothing gets through, and asks again until something does. */
export function lost() {
  if (away) return;
  away = true;
  bar.textContent =
    "No connection to the registry. What you typed stays here; the page keeps trying.";
  setTimeout(ask, EVERY);
}

/**
 * @param {() => void} action
 * @param {AbortSignal} [signal]
 */
export function whenBack(action, signal) {
  document.addEventListener("connection", action, { signal });
}

async function ask() {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch("health", { cache: "no-store", signal });
    if (answer.ok) return found();
  } catch {
    // Still away.
  }
  setTimeout(ask, EVERY);
}

function found() {
  away = false;
  bar.textContent = "";
  document.dispatchEvent(new Event("connection"));
}

window.addEventListener("offline", lost);
