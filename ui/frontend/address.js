// The only code that writes the address bar. A changed control replaces the current history entry; a
// deliberate action (another view or option, an example, an experiment) adds one, and Back restores its
// state.
import { el, receive, remembered } from "./live.js";
import { watch } from "./reconnect.js";

const DELAY_MS = 200; // browsers allow about 100 history calls per 30 s
const frames = new WeakMap();
let current = null; // the frame of the page that is shown

export default function mount(component) {
  const frame = remembered(frames, component.parentElement, () => new Frame(component.parentElement));
  frame.component = component;
  receive(component, (message) => frame.take(message));
}

class Frame {
  constructor(parent) {
    this.root = el("span", { class: "ll-address" });
    parent.replaceChildren(this.root);
    this.path = location.pathname;
  }

  take(message) {
    const before = this.message;
    this.message = message;
    current = this;
    watch(message.live, (values) => this.write("replaceState", values));
    document.title = message.title;
    document.documentElement.lang = message.lang;
    plainLists();
    if (!closed) {
      closed = true;
      closeSidebar();
    }
    const deed = (of) => JSON.stringify([of.act, of.view, of.chosen]);
    const acted = before && deed(before) !== deed(message);
    if (before && before.act !== message.act) scrollToStage();
    clearTimeout(this.timer);
    if (acted) this.write("pushState");
    else this.timer = setTimeout(() => this.write("replaceState"), DELAY_MS);
    this.announce(Boolean(before && before.act !== message.act));
  }

  // `values` are newer than the message: numbers and texts by key.
  write(how, values = []) {
    if (current !== this || location.pathname !== this.path) return;
    const url = new URL(location.href);
    for (const name of this.message.known) url.searchParams.delete(name);
    for (const [name, value] of Object.entries(this.message.parameters)) url.searchParams.set(name, value);
    for (const [name, value] of values) {
      if (this.message.known.includes(name) && typeof value !== "object") url.searchParams.set(name, value);
    }
    if (url.href !== location.href) history[how](history.state, "", url);
  }

  // Tell the room (room_link.js) the page's state; `acted`: the visitor has chosen a whole state.
  announce(acted) {
    const { lang, present, ...parameters } = this.message.parameters;
    this.state = { path: this.path, parameters };
    window.dispatchEvent(new CustomEvent("ll-state", { detail: { ...this.state, acted } }));
  }

  back(parameters = Object.fromEntries(new URL(location.href).searchParams)) {
    clearTimeout(this.timer);
    // The reply changes the view, but this is not a new action.
    this.message = null;
    this.component.setTriggerValue("back", parameters);
  }
}

// The state of the page that is shown, or null while it is loading.
export function shownState() {
  return current && current.root.isConnected && location.pathname === current.path ? current.state : null;
}

export function enter(parameters) {
  current.back(parameters);
}

window.addEventListener("popstate", () => {
  if (current && current.root.isConnected && location.pathname === current.path) current.back();
});

// Streamlit nests headings and lists directly in the navigation's list, so screen readers report wrong
// item counts. Without list roles, they read the links one by one.
function plainLists() {
  for (const part of document.querySelectorAll('[data-testid="stSidebarNavItems"], [data-testid="stSidebarNavItems"] :is(ul, li)')) {
    part.setAttribute("role", "presentation");
  }
}

// On a narrow screen the navigation covers the page, so close it at the start and after each choice.
const NARROW = 1000;
let closed = false;

function closeSidebar() {
  const open = document.querySelector('[data-testid="stSidebar"][aria-expanded="true"]');
  if (open && innerWidth < NARROW) open.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.('[data-testid="stSidebarNavLink"]')) setTimeout(closeSidebar, 50);
});

function scrollToStage() {
  const stage = document.querySelector(".st-key-ll_stage");
  if (!stage || document.querySelector(".ll-lecture")) return; // a lecture's sentence stays in sight
  const { top, bottom } = stage.getBoundingClientRect();
  if (top >= 0 && Math.min(bottom, top + 500) <= innerHeight) return;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.querySelector(".ll-question:not([hidden]), .ll-lesson")?.closest('[data-testid="stElementContainer"]')
    ?.scrollIntoView({ block: "start", behavior: reduced ? "auto" : "smooth" });
}
