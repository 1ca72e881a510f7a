// A value that Python follows while it moves: one request in flight, the newest value next.
//
// Streamlit's own slider speaks only when let go. Here each input sends at once if the server is
// idle; while a reply is under way only the newest value is kept. The reply carries the number of
// the request that it answers (`seq`), so a late reply never pulls the thumb back.
import { stampOf, unpack } from "./wire.js";

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

// Two ways lead to a component: Streamlit's run of its module, and the fast path (ui/fast_path),
// which brings the new messages of all components of a view in one answer. A message is taken only
// if it is not older than the last one, whichever way it came.
const takers = new Map(); // id of a component on the page -> { root, take, stamp }

export function receive(component, take) {
  const bytes = component.data;
  const message = unpack(bytes);
  const root = component.parentElement;
  const before = takers.get(message.id);
  const taker = { root, take, stamp: before && before.root === root ? before.stamp : 0 };
  takers.set(message.id, taker);
  accept(taker, bytes, message, true);
}

// `anew`: Streamlit's way, which also tells of a change of theme, so the same message counts again.
function accept(taker, bytes, message, anew) {
  const stamp = stampOf(bytes);
  if (stamp && taker.stamp && ((stamp - taker.stamp) | 0) < 0) return;
  taker.stamp = stamp || taker.stamp;
  if (!anew && taker.bytes && same(taker.bytes, bytes)) return;
  taker.bytes = bytes.slice();
  taker.take(message || unpack(bytes), anew);
}

// Equal but for the stamp in front.
function same(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 4; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

// Connect a control's channel: the fast path where its view has one, else Streamlit's.
export function connect(channel, component, config) {
  const long = (value, seq) => component.setStateValue("value", [value, seq]);
  channel.attach(async (value, seq) => {
    const went = config.live && (await post(config, value, seq));
    if (!went) {
      clearTimeout(rests.get(config.live));
      return long(value, seq);
    }
    // Streamlit hears of it when the hand rests: then its own picture of the page is right too.
    clearTimeout(rests.get(config.live));
    rests.set(config.live, setTimeout(() => component.parentElement.isConnected && long(value, seq), went));
  });
}

const REST_MS = 1500;
const PAUSE_MS = 250; // where a formula of Streamlit's waits for its new numbers
const rests = new Map(); // token of a view -> timer

// Milliseconds to rest before Streamlit hears of it; 0 where there was no fast path.
async function post(config, value, seq) {
  try {
    const address = new URL(`../live/${config.live}`, import.meta.url);
    const body = JSON.stringify({ [config.key]: [value, seq] });
    const answer = await fetch(address, { method: "POST", body });
    if (answer.status !== 200) return 0;
    const { parts, stale } = unpack(new Uint8Array(await answer.arrayBuffer()));
    // Figures first: they measure themselves, and what else has changed by then is laid out for that.
    const ids = Object.keys(parts).sort((a, b) => b.endsWith("·plot") - a.endsWith("·plot"));
    for (const id of ids) {
      const bytes = parts[id];
      const taker = takers.get(id);
      if (taker && taker.root.isConnected) accept(taker, bytes, null, false);
    }
    return stale ? PAUSE_MS : REST_MS;
  } catch {
    return 0;
  }
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
