/** How the page looks and listens, for this browser. */

import { keep, recall } from "./storage.js";

export const THEMES = { system: "As the system", light: "Light", dark: "Dark" };

export const preferences = { theme: "system", shortcuts: true, ...recall("preferences") };

/** @param {Partial<typeof preferences>} changed */
export function prefer(changed) {
  Object.assign(preferences, changed);
  keep("preferences", preferences);
  applyTheme();
}

export function applyTheme() {
  document.documentElement.dataset.theme = preferences.theme;
}
