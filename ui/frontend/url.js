// The address bar holds the state of the page: controls of our own write their part here.
const pending = new Map();
let timer = 0;
const DELAY_MS = 200; // browsers refuse more than ~100 history calls in 30 s

export function setParam(name, value) {
  pending.set(name, value);
  clearTimeout(timer);
  timer = setTimeout(flush, DELAY_MS);
}

// Forget what another page's controls still wanted to write.
export function dropParams() {
  pending.clear();
}

function flush() {
  const url = new URL(location.href);
  for (const [name, value] of pending) {
    if (value === null || value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  pending.clear();
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}
