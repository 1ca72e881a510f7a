// A room's connection: the lecturer's moves go out, a follower's page follows what comes in.
//
// During a drag, values are sent as they change (`move`) and set on the follower's own controls. The
// page's whole state (`state`) follows; if it differs from the follower's, it is restored as by the
// browser's Back button.
import { enter, shownState } from "./address.js";
import { drive } from "./live.js";

const BASE = new URL("../..", import.meta.url); // of the app, with a slash at its end
const MOVE_MS = 50; // between the values of a drag
const STATE_MS = 200; // between states during a drag
const CALM_MS = 400; // a state is compared with the page this long after the last move
const PER_FOLLOWER_MS = 4; // in large rooms followers redraw less often, so that the server keeps up
const SLOWEST_MS = 1000;
const FINAL = ["unknown", "full", "many", "forged"]; // refusals after which another attempt is useless

// `role`: "" (no room), "lecturer" or "follower". `trouble`: name of a sentence to show.
export const seat = { role: "", code: "", following: true, here: 0, votes: 0, poll: null, vote: null, trouble: "" };
const listeners = new Set();
let socket = null;
let attempts = 0;
let target = null; // the lecturer's state
let restores = 0; // attempts to reach it
let going = false; // the page is changing to the lecturer's

export const listen = (listener) => listeners.add(listener);
const changed = () => listeners.forEach((listener) => listener());
const pathOf = (address) => "/" + new URL(address, location.href).pathname.slice(BASE.pathname.length);
const addressOf = (path) => BASE.pathname.slice(0, -1) + path;

export function followLink() {
  const url = new URL(BASE);
  url.searchParams.set("room", seat.code);
  return url.href;
}

// The secret is in the fragment, which browsers do not send, so that it is in no server's log.
export const lecturerLink = () => `${followLink()}#steer=${seat.token}`;

export const start = () => connect({ start: true });
export const end = () => send({ end: true });

export function leave(trouble = "") {
  const old = socket;
  socket = null;
  old?.close();
  target = null;
  Object.assign(seat, { role: "", code: "", token: undefined, poll: null, vote: null, trouble });
  remember();
  const url = new URL(location.href);
  url.searchParams.delete("room");
  if (url.href !== location.href) history.replaceState(history.state, "", url);
  changed();
}

export function vote(answer) {
  seat.vote = answer;
  send({ vote: answer, poll: seat.poll.id });
  changed();
}

export function follow() {
  seat.following = true;
  restores = 0;
  reconcile();
  remember();
  changed();
}

function letGo() {
  if (seat.role !== "follower" || !seat.following) return;
  seat.following = false;
  remember();
  changed();
}

function remember() {
  const { code, token, who, following } = seat;
  if (code) sessionStorage.setItem("ll-room", JSON.stringify({ code, token, who, following }));
  else sessionStorage.removeItem("ll-room");
}

// Enter the room of the link, or, after a reload, the room of this tab.
export function resume() {
  const url = new URL(location.href);
  const known = JSON.parse(sessionStorage.getItem("ll-room") || "null");
  const code = url.searchParams.get("room")?.toUpperCase();
  Object.assign(seat, code && code !== known?.code ? { code } : known);
  const token = /^#steer=(\w+)$/.exec(url.hash)?.[1];
  if (token && code) {
    seat.token = token;
    url.hash = "";
    history.replaceState(history.state, "", url); // the link is visible to the audience
  }
  if (seat.code) connect();
}

function connect(hello) {
  const { code, token, who } = seat;
  const url = new URL("lab/room", BASE);
  url.protocol = url.protocol.replace("http", "ws");
  const mine = (socket = new WebSocket(url));
  mine.onopen = () => mine.send(JSON.stringify(hello || { join: code, token, who }));
  mine.onmessage = ({ data }) => mine === socket && take(JSON.parse(data));
  mine.onclose = () => {
    if (mine !== socket) return;
    seat.trouble ||= "waiting";
    changed();
    if (!seat.code) return void (socket = null);
    attempts += 1;
    setTimeout(() => mine === socket && connect(), Math.min(8000, 300 * 2 ** attempts) * (0.5 + Math.random()));
  };
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function take(message) {
  if (message.ended) return leave("ended");
  if (message.error) {
    seat.trouble = message.error;
    return FINAL.includes(message.error) ? leave(message.error) : changed();
  }
  if (message.room) welcome(message);
  if (message.poll !== undefined) {
    if (message.poll?.id !== seat.poll?.id || (message.poll?.open && !seat.poll?.open)) seat.vote = null;
    seat.poll = message.poll;
  }
  if (message.here !== undefined) seat.here = message.here;
  if (message.votes !== undefined) seat.votes = message.votes;
  if (seat.role === "follower") {
    if (message.move) moves.add(message.move);
    if (message.state) aim(message.state);
  }
  if (!message.move) changed();
}

function welcome({ room, token, who }) {
  attempts = 0;
  Object.assign(seat, { role: token ? "lecturer" : "follower", code: room, token, who, trouble: "" });
  remember();
  if (token) sendState();
}

// Call `act` at most once in `wait()` milliseconds, and once more at the end.
function paced(wait, act) {
  let timer = 0;
  let last = 0;
  return () => {
    clearTimeout(timer);
    const run = () => ((last = performance.now()), act());
    const left = last + wait() - performance.now();
    if (left <= 0) run();
    else timer = setTimeout(run, left);
  };
}

// The lecturer's side.

let values = {};
const sendMoves = paced(() => MOVE_MS, () => {
  send({ move: { path: pathOf(location.href), values } });
  values = {};
});
const sendState = paced(() => STATE_MS, () => {
  const state = shownState();
  if (state) send({ state: { path: pathOf(state.path), parameters: state.parameters } });
});

window.addEventListener("ll-move", ({ detail }) => {
  letGo();
  if (seat.role !== "lecturer") return;
  values[detail.key] = detail.value;
  sendMoves();
});

window.addEventListener("ll-state", ({ detail }) => {
  if (seat.role === "lecturer") return sendState();
  if (seat.role !== "follower" || !target) return;
  const there = pathOf(detail.path) === target.path;
  if (there && going) {
    going = false;
    reconcile();
  } else if (detail.acted || (!there && !going)) letGo();
});

// The follower's side.

const moves = {
  at: 0,
  waiting: {},
  add({ path, values }) {
    if (!seat.following || path !== pathOf(location.href)) return;
    this.at = performance.now();
    Object.assign(this.waiting, values);
    this.apply();
  },
  apply: paced(() => Math.min(SLOWEST_MS, PER_FOLLOWER_MS * seat.here), () => {
    for (const [key, value] of Object.entries(moves.waiting)) drive(key, value);
    moves.waiting = {};
  }),
};

let timer = 0;

function aim(state) {
  if (JSON.stringify(state) !== JSON.stringify(target)) restores = 0;
  target = state;
  clearTimeout(timer);
  timer = setTimeout(reconcile, Math.max(0, moves.at + CALM_MS - performance.now()));
}

function reconcile() {
  if (!seat.following || !target) return;
  if (pathOf(location.href) !== target.path) return go(target.path);
  const state = shownState();
  if (!state) return void (going = true);
  if (equal(state.parameters, target.parameters) || restores >= 2) return;
  restores += 1;
  enter(target.parameters);
  clearTimeout(timer);
  timer = setTimeout(reconcile, 4 * CALM_MS);
}

const equal = (a, b) => Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((key) => a[key] === b[key]);

// Prefer the link of the navigation, which keeps the session.
function go(path) {
  going = true;
  const links = [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')];
  const link = links.find((candidate) => pathOf(candidate.href) === path);
  if (link) link.click();
  else location.assign(addressOf(path) + location.search);
}
