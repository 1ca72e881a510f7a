// Reload the page if its session is gone, because its process ended or it slept for too long.
//
// Streamlit's frontend connects again by itself, perhaps to another process, where it gets an empty
// session that draws nothing for this page's controls. The URL holds the page's state.
import { LIVE, unconfirmed } from "./live.js";

const STATE = "data-test-connection-state"; // Streamlit's attribute of the app's element
const DRAG_MS = 2000; // maximum wait for the end of a drag
const TRIES = 20;
const PAUSE_MS = 500;
let page = null; // { token, write } of the page that is shown
let pressed = false;

// `token` belongs to a view of the page; `write(values)` puts the state and `values` into the URL.
export function watch(token, write) {
  page = { token, write };
}

for (const kind of ["pointerdown", "pointerup", "pointercancel"]) {
  addEventListener(kind, () => (pressed = kind === "pointerdown"), { capture: true });
}

const observer = new MutationObserver((changes) => {
  if (changes.some(({ target }) => target.getAttribute(STATE) === "CONNECTED")) check();
});
observer.observe(document.body, { subtree: true, attributeFilter: [STATE] });

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// The server answers 204 if the session is here and 205 if not; any other answer is a proxy's.
async function gone(token) {
  for (let i = 0; i < TRIES; i++, await pause(PAUSE_MS)) {
    const answer = await fetch(LIVE, { method: "POST", body: JSON.stringify([token, {}]) }).catch(() => null);
    if (answer?.status === 204) return false;
    if (answer?.status === 205) return true;
  }
  return false; // The next reconnection asks again.
}

async function check() {
  if (!page?.token || !(await gone(page.token))) return;
  const end = performance.now() + DRAG_MS;
  while (pressed && performance.now() < end) await pause(50);
  page.write(unconfirmed());
  location.reload();
}
