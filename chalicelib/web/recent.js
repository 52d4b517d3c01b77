/** The customers opened last. Only in memory: a shared machine keeps nobody's name. */

const MOST = 6;
/** @type {any[]} */
let opened = [];

/** @param {any} customer */
export function remember(customer) {
  opened = [customer, ...opened.filter(({ id }) => id !== customer.id)].slice(0, MOST);
  document.dispatchEvent(new Event("recent"));
}

document.addEventListener("changed", (event) => {
  const { id, customer } = /** @type {CustomEvent} */ (event).detail;
  opened = opened.map((one) => (one.id === id ? customer : one)).filter(Boolean);
  document.dispatchEvent(new Event("recent"));
});

export function forgetAll() {
  opened = [];
}

export function recentlyOpened() {
  return opened;
}
