// A text box that updates the page while the visitor types; it never truncates or loses typed text.
import { connect, el, LiveChannel, receive, remembered } from "./live.js";

const boxes = new WeakMap();
const PAUSE_MS = 180; // wait after the last key, because a forward pass per letter would be wasted

export default function mount(component) {
  const box = remembered(boxes, component.parentElement, () => new Box(component.parentElement));
  receive(component, (config) => {
    connect(box.channel, component, config);
    box.update(config);
  });
}

class Box {
  constructor(parent) {
    this.channel = new LiveChannel();
    this.name = el("span");
    this.input = el("textarea", { spellcheck: "false", dir: "auto", class: "ll-text-input" });
    this.note = el("span", { class: "ll-note" });
    this.root = el("label", { class: "ll-text" }, this.name, this.input, this.note);
    parent.replaceChildren(this.root);
    this.input.addEventListener("input", (event) => {
      this.dirty = true;
      this.fit();
      clearTimeout(this.timer);
      if (!event.isComposing) this.timer = setTimeout(() => this.send(), PAUSE_MS);
    });
    this.input.addEventListener("compositionend", () => this.send());
    this.input.addEventListener("blur", () => this.dirty && this.send());
    this.input.addEventListener("keydown", (event) => event.stopPropagation());
  }

  update(config) {
    const first = !this.config;
    this.config = config;
    this.root.dataset.key = config.key;
    this.name.textContent = config.label;
    this.input.setAttribute("aria-label", config.label);
    this.input.rows = config.rows;
    this.input.placeholder = config.placeholder;
    this.note.textContent = config.note;
    const settled = this.channel.answer(config.seq);
    // Replace the text if an example has set it, not if a reply repeats an earlier keystroke.
    if (first || (settled && !this.dirty && this.input.value !== config.value)) {
      this.input.value = config.value;
      this.fit();
    }
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(320, this.input.scrollHeight + 2)}px`;
  }

  send() {
    clearTimeout(this.timer);
    this.dirty = false;
    this.channel.push(this.input.value);
  }
}
