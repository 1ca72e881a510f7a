// Presenter mode: a toolbar, the keys of a presentation remote, a black screen, a pointer, a QR code.
import { el, receive, remembered } from "./live.js";
import { roomButton, showRoom } from "./room.js";

const bars = new WeakMap();
let bar = null;

export default function mount(component) {
  bar = remembered(bars, component.parentElement, () => new Bar(component.parentElement));
  receive(component, (message) => bar.update(message));
}

class Bar {
  constructor(parent) {
    this.root = el("div", { class: "ll-presenter", role: "toolbar" });
    parent.replaceChildren(this.root);
  }

  update({ words, name }) {
    this.words = words;
    const button = (sign, title, action) =>
      el("button", { type: "button", title, "aria-label": title, onclick: action }, sign);
    const pages = el("select", { "aria-label": words.pages, title: words.pages });
    for (const link of pageLinks()) {
      const here = link.getAttribute("aria-current") === "page" || nameOf(link) === name;
      pages.append(el("option", { value: link.href, selected: here }, nameOf(link)));
    }
    pages.addEventListener("change", () => goTo(pages.value));
    this.root.replaceChildren(
      button("‹", words.previous, () => leader?.(-1) || move(-1)),
      button("›", words.next, () => leader?.(1) || move(1)),
      pages,
      button("⤢", words.full, fullScreen),
      button("■", words.black, () => black(words.back)),
      button("◉", words.pointer, togglePointer),
      button("▦", words.code, () => showCode(words.back)),
      roomButton("ll-room-tool"),
      button("✕", words.exit, leave),
    );
  }

  get active() {
    return this.root.isConnected;
  }
}

function pageLinks() {
  return [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')];
}

// Streamlit's link also contains the name of its icon as text.
function nameOf(link) {
  const copy = link.cloneNode(true);
  copy.querySelectorAll('[data-testid="stIconMaterial"]').forEach((icon) => icon.remove());
  return copy.textContent.trim();
}

// Prefer the link of the navigation, which keeps the session and therefore presenter mode.
function goTo(address) {
  const link = pageLinks().find((candidate) => candidate.href === address);
  if (link) return link.click();
  const url = new URL(address);
  url.searchParams.set("present", "1");
  location.assign(url);
}

function move(step) {
  const tabs = [...document.querySelectorAll('.ll-choice-tabs [role="tab"]')];
  const at = tabs.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
  const next = tabs[at + step];
  if (next) return next.click();
  const links = pageLinks();
  const here = links.findIndex((link) => link.getAttribute("aria-current") === "page" ||
    new URL(link.href).pathname === location.pathname);
  const page = links[here + step];
  if (page) goTo(page.href);
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.();
}

function cover(kind, label, ...children) {
  document.querySelector(".ll-cover")?.remove();
  const sheet = el("div", { class: `ll-cover ll-cover-${kind}`, role: "dialog", "aria-label": label, tabindex: 0 }, ...children);
  sheet.addEventListener("click", () => sheet.remove());
  document.body.append(sheet);
  sheet.focus();
}

const black = (label) => cover("black", label);

async function showCode(label) {
  const url = new URL("qr.svg", import.meta.url);
  url.searchParams.set("url", here());
  const image = el("img", { src: url.href, alt: here() });
  cover("code", label, image, el("p", {}, here()));
}

function here() {
  const url = new URL(location.href);
  for (const name of ["present", "lecture", "stop"]) url.searchParams.delete(name);
  return url.href;
}

let dot = null;

function togglePointer() {
  if (dot) {
    dot.remove();
    dot = null;
    return;
  }
  dot = el("div", { class: "ll-pointer", "aria-hidden": "true" });
  document.body.append(dot);
}

document.addEventListener("pointermove", (event) => {
  if (dot) dot.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
});

// The switch of presenter mode is in the sidebar, which presenter mode hides.
function leave() {
  if (document.fullscreenElement) document.exitFullscreen();
  document.querySelector('.ll-choice[data-key="present"] input:checked')?.click();
  dot?.remove();
  dot = null;
}

const ACTIONS = {
  PageDown: () => turn(1),
  PageUp: () => turn(-1),
  " ": () => forward(1),
  ArrowRight: () => turn(1),
  ArrowLeft: () => turn(-1),
  b: () => black(bar.words.back),
  ".": () => black(bar.words.back),
  f: fullScreen,
  l: togglePointer,
  q: () => showCode(bar.words.back),
  r: showRoom,
  p: () => document.querySelector(".ll-ask")?.click(),
};

// A running lecture (lecture.js) sets this function, which goes to the next stop; it returns whether it did.
let leader = null;
export const lead = (go) => (leader = go);

// A presentation remote reveals the answer to a question, then goes to the lecture's next stop. Without
// a lecture it steps through a view, then goes to the next view.
export function turn(step) {
  if (!(step > 0 && reveal()) && !leader?.(step)) forward(step);
}

function reveal() {
  const button = document.querySelector(".ll-open .ll-reveal");
  button?.click();
  return Boolean(button);
}

function forward(step) {
  if (step > 0 && reveal()) return;
  const name = step > 0 ? "forward" : "back";
  const button = document.querySelector(`.ll-step-${name}`);
  if (button && !button.disabled) button.click();
  else if (!leader?.(step)) move(step);
}

// Registered in the capture phase, because text boxes stop the propagation of their keys.
document.addEventListener("keydown", (event) => {
  if (!bar || !bar.active || document.querySelector("dialog[open]")) return;
  const sheet = document.querySelector(".ll-cover");
  if (sheet) {
    sheet.remove();
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  if (event.key === "Escape") return leave();
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const at = event.target;
  const typing = at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName) || at.matches?.(".ll-slider-box");
  const moving = at.matches?.("input[type=range]") || at.closest?.('[role="radiogroup"],[role="tablist"],[role="slider"]');
  if (typing || (moving && /^(Arrow|Page)/.test(event.key)) || (event.key === " " && at.matches?.("button,input,a,summary"))) return;
  const action = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}, true);
