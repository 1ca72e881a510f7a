// The lecturer's second window: it follows the window with the lecture through a channel between the
// windows of one browser; no server takes part.
import { el, receive, remembered } from "./live.js";

const windows = new WeakMap();
const channel = new BroadcastChannel("logit-lab-lecture");
let notes = null;

export default function mount(component) {
  notes = remembered(windows, component.parentElement, () => {
    const root = el("main", { class: "ll-notes" });
    component.parentElement.replaceChildren(root);
    return { root, at: 0, started: 0 };
  });
  receive(component, (message) => {
    notes.message = message;
    draw();
    channel.postMessage({ lecture: message.lecture, ask: true });
  });
}

channel.addEventListener("message", ({ data }) => {
  if (!notes?.message || data.lecture !== notes.message.lecture || !data.at) return;
  Object.assign(notes, { at: data.at, started: data.started });
  draw();
});

const step = (by) => channel.postMessage({ lecture: notes.message.lecture, step: by });

function draw() {
  const { root, at, message: { title, stops, words } } = notes;
  document.title = title;
  const stop = stops[at - 1];
  const following = stops[at];
  const clock = (label, kind) => el("div", {}, el("span", {}, label), el("b", { class: kind }));
  const button = (sign, label, by) => el("button", { type: "button", "aria-label": label, title: label, onclick: () => step(by) }, sign);
  const where = at ? words.stop.replace("{at}", at).replace("{count}", stops.length) : words.waiting;
  root.replaceChildren(
    el("header", {},
      el("h1", {}, title), el("p", { class: "ll-notes-where" }, where),
      clock(words.elapsed, "ll-notes-elapsed"), clock(words.clock, "ll-notes-clock"),
      button("‹", words.back, -1), button("›", words.forward, 1)),
    ...(stop ? [el("section", { class: "ll-notes-now" }, ...heading(stop, words), el("p", { class: "ll-notes-text" }, stop.notes))] : []),
    el("section", { class: "ll-notes-next" }, el("h2", {}, words.next),
      ...(following ? heading(following, words) : [el("p", {}, words.end)])),
  );
  tick();
}

function heading({ page, say, question }, words) {
  const asked = question ? [el("p", { class: "ll-notes-question" }, el("b", {}, `${words.question}: `), question)] : [];
  return [el("p", { class: "ll-notes-page" }, page), ...asked, el("p", { class: "ll-notes-say" }, say)];
}

const two = (n) => String(n).padStart(2, "0");

function tick() {
  if (!notes?.root.isConnected) return;
  const set = (kind, text) => (notes.root.querySelector(kind).textContent = text);
  const now = new Date();
  const seconds = notes.started ? Math.max(0, Math.floor((now - notes.started) / 1000)) : 0;
  set(".ll-notes-clock", `${two(now.getHours())}:${two(now.getMinutes())}`);
  set(".ll-notes-elapsed", notes.started ? `${Math.floor(seconds / 60)}:${two(seconds % 60)}` : "–");
}

setInterval(() => notes?.message && tick(), 500);

const KEYS = { PageDown: 1, PageUp: -1, ArrowRight: 1, ArrowLeft: -1, " ": 1 };
document.addEventListener("keydown", (event) => {
  if (!notes?.root.isConnected || !KEYS[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === " " && event.target.matches?.("button")) return;
  event.preventDefault();
  step(KEYS[event.key]);
});
