/** Elements. Text goes in as text, never as markup. */

/** @typedef {Node | string | number | null | undefined | false | any[]} Child a list holds more of them */

/**
 * @param {string} tag a name with classes: `p`, `p.quiet`
 * @param {Record<string, any> | null} [attributes] true stands for an empty value, false and null
 *   for none; a function is a listener: `onclick`
 * @param {...Child} children
 * @returns {any}
 */
export function h(tag, attributes, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null)
      element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

/**
 * Puts the children in the place of what was there.
 * @param {Element} place
 * @param {...Child} children
 */
export function fill(place, ...children) {
  place.replaceChildren(...present(children));
}

/**
 * The element that has to be there.
 * @param {string} selector
 * @param {ParentNode} [place]
 * @returns {any}
 */
export function one(selector, place = document) {
  const element = place.querySelector(selector);
  if (!element) throw new Error(`${selector} is missing`);
  return element;
}

/**
 * Text of any script and direction: what stands around it keeps its order.
 * @param {unknown} text
 */
export function isolated(text) {
  return h("bdi", { dir: "auto" }, String(text));
}

/**
 * Words for those who hear the page.
 * @param {string} text
 */
export function unseen(text) {
  return h("span.visually-hidden", null, text);
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}
