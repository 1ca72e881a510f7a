// A slider that updates the page while it is dragged, with keyboard control and a number box.
import { connect, el, LiveChannel, receive, remembered } from "./live.js";

const sliders = new WeakMap();
const POSITIONS = 1000; // number of thumb positions on a logarithmic track
const SWEEP_MS = 12000; // playback moves through the whole range in this time,
const TICK_MS = 60; // in steps of at least one `step`, each after this time and the last reply

export default function mount(component) {
  const slider = remembered(sliders, component.parentElement, () => new Slider(component.parentElement));
  receive(component, (config) => {
    connect(slider.channel, component, config);
    slider.update(config);
  });
}

class Slider {
  constructor(parent) {
    this.channel = new LiveChannel();
    this.name = el("span", { class: "ll-slider-name" });
    this.help = el("span", { class: "ll-help", tabindex: "0", role: "note" }, "?");
    this.box = el("input", { class: "ll-slider-box", type: "text", inputmode: "decimal", autocomplete: "off" });
    this.range = el("input", { class: "ll-slider-range", type: "range" });
    this.timer = 0;
    this.play = el("button", { type: "button", class: "ll-slider-play", onclick: () => this.toggle() }, "▶");
    const head = el("div", { class: "ll-slider-head" }, this.name, this.help, this.play, this.box);
    this.root = el("div", { class: "ll-slider" }, head, this.range);
    parent.replaceChildren(this.root);
    this.range.addEventListener("input", () => (this.stop(), this.change(this.valueAt(Number(this.range.value)))));
    this.range.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("input", () => delete this.box.dataset.clean); // the visitor is typing
    this.box.addEventListener("change", () => this.typed());
    this.box.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (step) {
        event.preventDefault();
        this.change(this.nudged(step));
      }
      event.stopPropagation();
    });
  }

  update(config) {
    const first = !this.config;
    this.config = config;
    this.name.textContent = config.label;
    this.help.hidden = !config.help;
    this.help.title = config.help || "";
    this.help.dataset.tip = config.help || "";
    this.help.setAttribute("aria-label", config.help || "");
    this.play.hidden = !config.play;
    this.play.title = config.play || "";
    this.play.setAttribute("aria-label", `${config.label}: ${config.play}`);
    const linear = config.scale === "linear";
    this.range.min = linear ? config.min : 0;
    this.range.max = linear ? config.max : POSITIONS;
    this.range.step = linear ? config.step : 1;
    this.root.dataset.key = config.key;
    this.range.setAttribute("aria-label", config.label);
    this.box.setAttribute("aria-label", config.label);
    if (this.channel.answer(config.seq) || first) this.show(config.value);
  }

  show(value) {
    this.value = value;
    this.range.value = this.positionOf(value);
    const text = this.format(value);
    if (document.activeElement !== this.box || this.box.dataset.clean) this.box.value = text;
    this.range.setAttribute("aria-valuetext", text);
    const share = (this.range.value - this.range.min) / (this.range.max - this.range.min || 1);
    this.range.style.setProperty("--share", `${100 * share}%`);
  }

  format(value) {
    const { words, digits } = this.config;
    return words && words[value] !== undefined ? words[value] : value.toFixed(digits).replace("-", "−");
  }

  change(value) {
    this.box.dataset.clean = "1";
    if (value === this.value) return;
    this.show(value);
    this.channel.push(value);
  }

  typed() {
    const typed = this.box.value.trim();
    // A displayed word may look like another value: heads are stored from 1 and displayed from 0.
    const word = Object.entries(this.config.words || {}).find(([, text]) => text.toLowerCase() === typed.toLowerCase());
    const number = word ? Number(word[0]) : Number(typed.replace(",", ".").replace("−", "-"));
    this.box.dataset.clean = "1";
    if (typed === "" || !Number.isFinite(number)) this.show(this.value);
    else {
      const value = this.snap(number);
      if (value === this.value) this.show(value);
      else this.change(value);
    }
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    let value;
    if (step) value = this.nudged(step);
    else if (event.key === "Home") value = this.config.min;
    else if (event.key === "End") value = this.config.max;
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.stop();
    this.change(value);
  }

  toggle() {
    if (this.timer) return this.stop();
    if (this.value >= this.config.max) this.change(this.config.min);
    const linear = this.config.scale === "linear";
    const span = linear ? this.config.max - this.config.min : POSITIONS;
    const stride = (span * TICK_MS) / SWEEP_MS;
    const { step } = this.config;
    const pace = linear ? Math.max(TICK_MS, (TICK_MS * step) / stride) : TICK_MS;
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.value >= this.config.max) this.stop();
      else if (!this.channel.busy) {
        const next = this.valueAt(this.positionOf(this.value) + Math.max(stride, linear ? step : 0));
        this.change(next === this.value ? this.nudged(1) : next);
      }
    }, pace);
    this.play.textContent = "❚❚";
    this.play.setAttribute("aria-pressed", "true");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = "▶";
    this.play.setAttribute("aria-pressed", "false");
  }

  nudged(steps) {
    if (this.config.scale === "linear") return this.snap(this.value + steps * this.config.step);
    const next = this.valueAt(this.positionOf(this.value) + steps * 10);
    return next === this.value ? this.snap(this.value + Math.sign(steps) * this.config.step) : next;
  }

  snap(value) {
    const { min, max, step } = this.config;
    const snapped = min + Math.round((value - min) / step) * step;
    return Number(Math.min(max, Math.max(min, snapped)).toFixed(10));
  }

  // Logarithmic track: position t in [0, 1] maps to min + (1 + span)^t - 1, which can include 0.
  valueAt(position) {
    const { min, max, scale } = this.config;
    if (scale === "linear") return this.snap(position);
    const t = Math.min(1, Math.max(0, position / POSITIONS));
    return this.snap(min + (1 + max - min) ** t - 1);
  }

  positionOf(value) {
    const { min, max, scale } = this.config;
    if (scale === "linear") return value;
    return (POSITIONS * Math.log(1 + value - min)) / Math.log(1 + max - min);
  }
}
