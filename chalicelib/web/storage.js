/** What this browser keeps for its user. Works without, where the browser forbids it. */

/**
 * @param {string} key
 * @param {Storage} [storage]
 * @returns {any}
 */
export function recall(key, storage = localStorage) {
  try {
    return JSON.parse(storage.getItem(`sins.${key}`) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {unknown} value null forgets it
 * @param {Storage} [storage]
 */
export function keep(key, value, storage = localStorage) {
  try {
    if (value === null) storage.removeItem(`sins.${key}`);
    else storage.setItem(`sins.${key}`, JSON.stringify(value));
  } catch {
    // Nothing is lost but comfort.
  }
}
