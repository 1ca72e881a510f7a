// A value that Python follows while it moves: one request in flight, the newest value next.
//
// Streamlit's own slider speaks only when let go. Here each input sends at once if the server is
// idle; while a reply is under way only the newest value is kept. The reply carries the number of
// the request that it answers (`seq`), so a late reply never pulls the thumb back.
const PATIENCE_MS = 4000; // a reply this late is taken for lost (a dropped connection, a stopped run)

export class LiveChannel {
  constructor() {
    this.seq = 0; // of the last value sent
    this.busy = false;
    this.waiting = undefined;
    this.lastSent = 0;
  }

  // `send(value, seq)` hands a value to Streamlit; the mount gives a fresh one on every run.
  attach(send) {
    this.sendNow = send;
  }

  push(value) {
    if (this.busy && performance.now() - this.lastSent < PATIENCE_MS) {
      this.waiting = value;
      return;
    }
    this.busy = true;
    this.waiting = undefined;
    this.lastSent = performance.now();
    this.seq += 1;
    this.sendNow(value, this.seq);
  }

  // Called with each reply; true when nothing newer is under way, so the reply's value holds.
  answer(seq) {
    if (this.seq === 0) this.seq = seq || 0; // a remounted control goes on counting
    if (this.busy && seq !== this.seq) return false;
    this.busy = false;
    if (this.waiting !== undefined) {
      this.push(this.waiting);
      return false;
    }
    return true;
  }
}

// Streamlit runs a component's module again on every change; what must outlive that is kept here.
export function remembered(store, element, create) {
  let state = store.get(element);
  if (!state) {
    state = create();
    store.set(element, state);
  }
  return state;
}

// A small element builder: text is always text, never markup.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}
