// Buttons first, back, play, forward, last; the arrow keys work wherever the focus is on the page.
import { connect, el, LiveChannel, receive, remembered } from "./live.js";

const steppers = new WeakMap();
let keyboardOwner = null; // the stepper that the arrow keys control: the first one, or the last one used

export default function mount(component) {
  const stepper = remembered(steppers, component.parentElement, () => new Stepper(component.parentElement));
  receive(component, (config) => {
    connect(stepper.channel, component, config);
    stepper.update(config);
  });
}

const ICONS = { first: "«", back: "‹", play: "▶", pause: "❚❚", forward: "›", last: "»" };

class Stepper {
  constructor(parent) {
    this.channel = new LiveChannel();
    this.timer = 0;
    const button = (name, action) =>
      el("button", { type: "button", class: `ll-step-${name}`, onclick: () => (this.own(), action()) });
    this.buttons = {
      first: button("first", () => this.go(0)),
      back: button("back", () => this.go(this.index - 1)),
      play: button("play", () => this.toggle()),
      forward: button("forward", () => this.go(this.index + 1)),
      last: button("last", () => this.go(this.config.count - 1)),
    };
    this.range = el("input", { type: "range", min: 0, step: 1, class: "ll-slider-range" });
    this.range.addEventListener("input", () => (this.own(), this.go(Number(this.range.value))));
    this.where = el("output", { class: "ll-step-where" });
    this.root = el(
      "div", { class: "ll-stepper", role: "group" },
      ...Object.values(this.buttons), this.range, this.where,
    );
    parent.replaceChildren(this.root);
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
  }

  own() {
    keyboardOwner = this;
  }

  update(config) {
    const first = !this.config;
    this.config = config;
    this.root.dataset.key = config.key;
    this.root.setAttribute("aria-label", config.label);
    const words = config.words;
    for (const [name, button] of Object.entries(this.buttons)) {
      button.title = words[name];
      button.setAttribute("aria-label", words[name]);
    }
    this.range.max = Math.max(0, config.count - 1);
    this.range.setAttribute("aria-label", config.label);
    if (this.channel.answer(config.seq) || first) this.show(config.value);
    // If the sequence became shorter, the thumb may be beyond its end.
    if (this.index > config.count - 1) this.show(Math.max(0, config.count - 1));
  }

  show(index) {
    this.index = index;
    const last = this.config.count - 1;
    this.range.value = index;
    this.range.style.setProperty("--share", `${last > 0 ? (100 * index) / last : 0}%`);
    const { words, first: from } = this.config;
    const fields = { name: words.name, step: index + from, last: Math.max(0, last) + from };
    this.where.textContent = last + from < 1 ? words.none : words.where.replace(/{(\w+)}/g, (_, key) => fields[key]);
    this.range.setAttribute("aria-valuetext", this.where.textContent);
    const { first, back, play, forward, last: end } = this.buttons;
    first.disabled = back.disabled = index <= 0;
    forward.disabled = end.disabled = index >= last;
    for (const [name, button] of Object.entries(this.buttons)) button.textContent = ICONS[name];
    play.textContent = this.timer ? ICONS.pause : ICONS.play;
    play.setAttribute("aria-pressed", Boolean(this.timer));
  }

  go(index) {
    const bounded = Math.min(this.config.count - 1, Math.max(0, index));
    if (bounded === this.index) return;
    this.show(bounded);
    this.channel.push(bounded);
  }

  toggle() {
    if (this.timer) return this.stop();
    if (this.index >= this.config.count - 1) this.go(0);
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.index >= this.config.count - 1) this.stop();
      else if (!this.channel.busy) this.go(this.index + 1);
    }, this.config.interval);
    this.show(this.index);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    if (this.root.isConnected) this.show(this.index);
  }

  key(event) {
    if (!this.root.isConnected) {
      document.removeEventListener("keydown", this.onKey);
      if (keyboardOwner === this) keyboardOwner = null;
      return;
    }
    if (!keyboardOwner || !keyboardOwner.root.isConnected) keyboardOwner = this;
    if (keyboardOwner !== this || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = event.target;
    const typing = at.isContentEditable || /^(TEXTAREA|SELECT)$/.test(at.tagName) ||
      (at.tagName === "INPUT" && at !== this.range) || at.closest('[role="listbox"],[role="radiogroup"],[role="tablist"],[role="slider"]');
    if (typing) return;
    const target = {
      ArrowRight: this.index + 1, ArrowLeft: this.index - 1, Home: 0, End: this.config.count - 1,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.go(target);
  }
}
