// A lecture in presenter mode: the stop's sentence, the progress, the way to the next stop, and the
// channel to the window with the notes.
import { el, receive, remembered } from "./live.js";
import { lead, turn } from "./presenter.js";

const bars = new WeakMap();
const channel = new BroadcastChannel("logit-lab-lecture");
let current = null; // the bar that is on the page

export default function mount(component) {
  const bar = remembered(bars, component.parentElement, () => new Bar(component.parentElement));
  bar.component = component;
  receive(component, (message) => bar.take(message));
}

class Bar {
  constructor(parent) {
    this.root = el("div", { class: "ll-lecture" });
    parent.replaceChildren(this.root);
  }

  take(message) {
    const { at, count, say, words } = message;
    this.message = message;
    this.going = at;
    current = this;
    const line = el("div", {
      class: "ll-lecture-line", role: "progressbar", "aria-label": words.progress, "aria-valuenow": at, "aria-valuemin": 1, "aria-valuemax": count,
    });
    line.style.setProperty("--done", at / count);
    this.root.replaceChildren(
      line,
      el("p", { class: "ll-lecture-say" }, say),
      el("span", { class: "ll-lecture-at", title: words.progress }, `${at} / ${count}`),
      el("button", { type: "button", class: "ll-lecture-notes", title: words.open, onclick: openNotes }, words.notes),
    );
    tell();
  }

  go(stop) {
    if (stop < 1 || stop > this.message.count) return;
    this.going = stop;
    this.component.setTriggerValue("go", stop);
  }
}

const running = () => (current?.root.isConnected ? current : null);

// At both ends the lecture stays where it is.
lead((step) => {
  const bar = running();
  bar?.go(bar.going + step);
  return Boolean(bar);
});

// The time of the start survives a reload of this window, but not another start of the lecture.
let counted = false;

function started({ lecture, resumed }) {
  const key = `ll-lecture-start:${lecture}`;
  if (!counted && !resumed) sessionStorage.removeItem(key);
  counted = true;
  if (!sessionStorage.getItem(key)) sessionStorage.setItem(key, String(Date.now()));
  return Number(sessionStorage.getItem(key));
}

function tell() {
  const { lecture, at } = current.message;
  channel.postMessage({ lecture, at, started: started(current.message) });
}

channel.addEventListener("message", ({ data }) => {
  const bar = running();
  if (!bar || data.lecture !== bar.message.lecture) return;
  if (data.ask) tell();
  if (data.step) turn(data.step);
});

function openNotes() {
  const url = new URL("../../", import.meta.url);
  url.searchParams.set("lecture", running().message.lecture);
  url.searchParams.set("notes", "1");
  url.searchParams.set("lang", document.documentElement.lang.slice(0, 2));
  window.open(url, "logit-lab-notes", "popup,width=900,height=700");
}

document.addEventListener("keydown", (event) => {
  if (!running() || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.matches?.("input,textarea,select") || event.target.isContentEditable) return;
  if (event.key === "n") openNotes();
  if (event.key === "r") running().go(running().message.at);
});
