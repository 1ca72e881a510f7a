// Buttons, menus, tabs and switches. The URL holds the options' names, which are not translated.
import { connect, el, LiveChannel, receive, remembered } from "./live.js";

const choices = new WeakMap();

export default function mount(component) {
  const choice = remembered(choices, component.parentElement, () => new Choice(component.parentElement));
  receive(component, (config) => {
    connect(choice.channel, component, config);
    choice.update(config);
  });
}

class Choice {
  constructor(parent) {
    this.channel = new LiveChannel();
    this.root = el("div", { class: "ll-choice" });
    parent.replaceChildren(this.root);
  }

  update(config) {
    const shape = JSON.stringify([config.kind, config.options, config.label, config.help]);
    this.config = config;
    const first = this.shape === undefined;
    if (this.shape !== shape) this.build();
    this.shape = shape;
    if (this.channel.answer(config.seq) || first) this.value = config.value;
    this.show();
  }

  build() {
    const { kind, label, key, options, help, hideLabel } = this.config;
    this.root.dataset.key = key;
    this.root.className = `ll-choice ll-choice-${kind}`;
    const name = el("span", { class: "ll-choice-name", id: `ll-${key}` }, label);
    if (hideLabel) name.classList.add("ll-unseen");
    const tip = el("span", { class: "ll-help", tabindex: "0", role: "note", "data-tip": help, "aria-label": help }, "?");
    tip.hidden = !help;
    if (kind === "menu") {
      this.menu = el("select", { "aria-labelledby": `ll-${key}` });
      for (const [value, text] of options) this.menu.append(el("option", { value }, text));
      this.menu.addEventListener("change", () => this.change(this.menu.value));
      this.menu.addEventListener("keydown", (event) => event.stopPropagation());
      this.root.replaceChildren(el("div", { class: "ll-choice-head" }, name, tip), this.menu);
    } else if (kind === "switch") {
      this.box = el("input", { type: "checkbox", role: "switch" });
      this.box.addEventListener("change", () => this.change(this.box.checked ? "1" : "0"));
      this.root.replaceChildren(el("label", {}, this.box, el("i", { class: "ll-track" }), name), tip);
    } else {
      const several = kind === "several";
      const [outer, inner] = { several: ["group", "checkbox"], tabs: ["tablist", "tab"] }[kind] || ["radiogroup", "radio"];
      const group = el("div", { class: "ll-segments", role: outer, "aria-labelledby": `ll-${key}` });
      this.buttons = options.map(([value, text]) => {
        const button = el("button", {
          type: "button", role: inner, "data-value": value,
          onclick: () => this.press(value),
        }, text);
        group.append(button);
        return button;
      });
      if (!several) group.addEventListener("keydown", (event) => this.key(event));
      this.root.replaceChildren(el("div", { class: "ll-choice-head" }, name, tip), group);
    }
  }

  show() {
    const { kind } = this.config;
    if (kind === "menu") this.menu.value = this.value;
    else if (kind === "switch") this.box.checked = this.value === "1";
    else {
      const on = new Set(kind === "several" ? this.value.split(",") : [this.value]);
      for (const button of this.buttons) {
        const checked = on.has(button.dataset.value);
        button.setAttribute(kind === "tabs" ? "aria-selected" : "aria-checked", String(checked));
        button.tabIndex = kind === "several" || checked ? 0 : -1;
        if (checked && kind !== "several" && this.seen !== this.value) this.reveal(button);
      }
      this.seen = this.value;
    }
  }

  // On a phone the tabs are in one line that scrolls horizontally.
  reveal(button) {
    const line = button.parentElement;
    requestAnimationFrame(() => {
      line.scrollLeft = button.offsetLeft - (line.clientWidth - button.offsetWidth) / 2;
    });
  }

  press(value) {
    if (this.config.kind !== "several") return this.change(value);
    const on = new Set(this.value.split(",").filter(Boolean));
    if (!on.delete(value)) on.add(value);
    const ordered = this.config.options.map(([name]) => name).filter((name) => on.has(name));
    return this.change(ordered.join(","));
  }

  change(value) {
    if (value === this.value) return;
    this.value = value;
    this.show();
    this.channel.push(value);
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.buttons.findIndex((button) => button.dataset.value === this.value);
    const next = this.buttons[(at + step + this.buttons.length) % this.buttons.length];
    next.focus();
    this.press(next.dataset.value);
  }
}
