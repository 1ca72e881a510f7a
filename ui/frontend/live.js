// Sends a control's value to Python while it changes, with at most one request in flight.
//
// Streamlit's own slider sends its value only on release. Here each input event sends the value at
// once if no request is pending; otherwise only the newest value is queued. The reply contains the
// number of its request (`seq`), so that a late reply never moves the thumb back.
import { stampOf, unpack } from "./wire.js";

const PATIENCE_MS = 4000; // after this time a reply counts as lost (dropped connection, stopped run)

export class LiveChannel {
  constructor() {
    this.seq = 0; // number of the last value sent
    this.busy = false;
    this.waiting = undefined;
    this.lastSent = 0;
  }

  // `send(value, seq)` sends a value to Python; every mount provides a new function.
  attach(send) {
    this.sendNow = send;
  }

  // The visitor has changed the control.
  push(value) {
    window.dispatchEvent(new CustomEvent("ll-move", { detail: { key: this.key, value } }));
    this.queue(value);
  }

  queue(value) {
    this.value = value;
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

  // Called with each reply; returns true if the reply's value is current.
  answer(seq) {
    if (this.seq === 0) this.seq = seq || 0; // a remounted control continues the numbering
    if (this.busy && seq !== this.seq) return false;
    this.busy = false;
    if (this.waiting !== undefined) {
      this.queue(this.waiting);
      return false;
    }
    return true;
  }
}

// Streamlit calls a component's module on every change; state that must persist is kept here.
export function remembered(store, element, create) {
  let state = store.get(element);
  if (!state) {
    state = create();
    store.set(element, state);
  }
  return state;
}

// A component receives messages in two ways: from Streamlit, and from the fast path (ui/fast_path),
// which returns the new messages of all components of a view in one response. A message that is
// older than the last one is ignored, whichever way it arrives.
const receivers = new Map(); // id of a component on the page -> { root, take, stamp }

export function receive(component, take) {
  const bytes = component.data;
  const message = unpack(bytes);
  const root = component.parentElement;
  const before = receivers.get(message.id);
  const receiver = { root, take, stamp: before && before.root === root ? before.stamp : 0 };
  receivers.set(message.id, receiver);
  accept(receiver, bytes, message, true);
}

// `fromStreamlit`: the message is from Streamlit, which also reports changes of theme this way, so an
// identical message must be drawn again.
function accept(receiver, bytes, message, fromStreamlit) {
  const stamp = stampOf(bytes);
  if (stamp && receiver.stamp && ((stamp - receiver.stamp) | 0) < 0) return;
  receiver.stamp = stamp || receiver.stamp;
  if (!fromStreamlit && receiver.bytes && same(receiver.bytes, bytes)) return;
  receiver.bytes = bytes.slice();
  receiver.take(message || unpack(bytes), fromStreamlit);
}

// Equal apart from the leading time stamp.
function same(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 4; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

// Connect a control's channel to the fast path if its view has one, else to Streamlit.
export function connect(channel, component, config) {
  channel.key = config.key;
  channels.set(config.key, [channel, component.parentElement]);
  const rerun = (value, seq) => component.setStateValue("value", [value, seq]);
  channel.attach(async (value, seq) => {
    const rest = config.live && (await post(config, value, seq));
    if (!rest) {
      clearTimeout(timers.get(config.live));
      return rerun(value, seq);
    }
    // Send the value to Streamlit after the drag, so that its state of the page is current too.
    clearTimeout(timers.get(config.live));
    timers.set(config.live, setTimeout(() => component.parentElement.isConnected && rerun(value, seq), rest));
  });
}

const channels = new Map(); // key of a control -> its channel and its place on the page

// Change a control on the page as the lecturer of a room has done.
export function drive(key, value) {
  const [channel, place] = channels.get(key) || [];
  if (place?.isConnected) channel.queue(value);
}

// Return the newest values to which the server has not replied, as [key, value] pairs.
export function unconfirmed() {
  return [...channels].filter(([, [channel]]) => channel.busy).map(([key, [channel]]) => [key, channel.value]);
}

export const LIVE = new URL("../live", import.meta.url);
const REST_MS = 1500;
const PAUSE_MS = 250; // if an element is stale until the Streamlit rerun
const timers = new Map(); // token of a view -> timer

// Returns the milliseconds to wait before the Streamlit rerun; 0 if the fast path was not available.
async function post(config, value, seq) {
  try {
    const body = JSON.stringify([config.live, { [config.key]: [value, seq] }]);
    const response = await fetch(LIVE, { method: "POST", body });
    if (response.status !== 200) return 0;
    const { parts, stale } = unpack(new Uint8Array(await response.arrayBuffer()));
    // Update figures first: they read their size, which would force a layout of all other changes.
    const ids = Object.keys(parts).sort((a, b) => b.endsWith("·plot") - a.endsWith("·plot"));
    for (const id of ids) {
      const bytes = parts[id];
      const receiver = receivers.get(id);
      if (receiver && receiver.root.isConnected) accept(receiver, bytes, null, false);
    }
    return stale ? PAUSE_MS : REST_MS;
  } catch {
    return 0;
  }
}

// Build an element; strings become text nodes, never markup.
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
