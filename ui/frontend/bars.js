// Distributions that are edited by dragging bars; the other bars are rescaled to keep the sum at 1.
import { connect, el, LiveChannel, receive, remembered } from "./live.js";
import { firstHeight, scaleNow, watch } from "./fit.js";
import { loadTheme, modeOf, palette } from "./colors.js";

const editors = new WeakMap();
const ready = loadTheme(new URL(".", import.meta.url));
const SVG = "http://www.w3.org/2000/svg";
const PAD = { left: 44, right: 8, top: 14, bottom: 30 };
const STEP = 0.01; // per press of an arrow key

export default function mount(component) {
  const editor = remembered(editors, component.parentElement, () => new Bars(component.parentElement));
  receive(component, (config) => {
    connect(editor.channel, component, config);
    ready.then(() => editor.update(config));
  });
}

function svg(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

class Bars {
  constructor(parent) {
    this.channel = new LiveChannel();
    this.legend = el("figcaption", { class: "ll-legend" });
    this.canvas = svg("svg", { class: "ll-bars", width: "100%" });
    this.root = el("figure", { class: "ll-plot" }, this.legend, this.canvas);
    parent.replaceChildren(this.root);
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.dragged && this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(end, () => (this.dragged = null));
    }
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.fit = { root: this.root, requested: 0, height: 0, apply: (height) => this.resize(height) };
    new ResizeObserver(() => {
      if (this.root.clientWidth === this.width) return;
      this.width = this.root.clientWidth;
      if (this.config) this.draw();
    }).observe(this.root);
  }

  update(config) {
    const first = !this.config;
    this.config = config;
    this.root.dataset.key = config.key;
    if (this.fit.requested !== config.height) {
      this.fit.requested = config.height;
      if (!this.fit.height) this.setHeight(firstHeight(this.fit));
      watch(this.fit);
    }
    if ((this.channel.answer(config.seq) || first) && !this.dragged) {
      this.values = config.series.map((row) => Array.from(row.values));
    }
    const shape = this.values.length === config.series.length &&
      this.values.every((row) => row.length === config.labels.length);
    if (!shape) this.values = config.series.map((row) => Array.from(row.values));
    this.draw();
  }

  setHeight(height) {
    this.fit.height = height;
    this.root.style.setProperty("--plot-height", `${height}px`);
  }

  resize(height) {
    this.setHeight(height);
    if (this.values) this.draw();
  }

  size() {
    // Read once and then updated by the observer, because reading it forces a layout.
    this.width ||= this.root.clientWidth;
    const scale = scaleNow();
    const width = (this.width || 600) / scale;
    const height = this.fit.height / scale;
    return { width, height, scale, across: width - PAD.left - PAD.right, down: height - PAD.top - PAD.bottom };
  }

  draw() {
    const { labels, series, label } = this.config;
    const colors = palette(modeOf(this.root));
    const { width, height, across, down } = this.size();
    const focused = document.activeElement?.dataset?.bar;
    this.canvas.setAttribute("height", this.fit.height);
    this.canvas.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.canvas.setAttribute("role", "group");
    this.canvas.setAttribute("aria-label", label);
    this.canvas.replaceChildren();
    for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
      const y = PAD.top + down * (1 - tick);
      this.canvas.append(
        svg("line", { x1: PAD.left, x2: width - PAD.right, y1: y, y2: y, stroke: colors["@grid"] }),
        svg("text", { x: PAD.left - 6, y: y + 4, "text-anchor": "end", class: "ll-bars-tick" }, String(tick)),
      );
    }
    const slot = across / labels.length;
    const bar = Math.min(56, (slot * 0.8) / series.length);
    labels.forEach((name, i) => {
      const middle = PAD.left + slot * (i + 0.5);
      this.canvas.append(
        svg("text", { x: middle, y: height - 9, "text-anchor": "middle", class: "ll-bars-label" }, name),
      );
      series.forEach((row, s) => {
        const value = this.values[s][i];
        const x = middle + (s - series.length / 2) * bar;
        const top = PAD.top + down * (1 - value);
        const group = svg("g", {
          class: "ll-bar", tabindex: 0, role: "slider", "data-bar": `${s},${i}`,
          "aria-label": `${row.name} ${name}`, "aria-valuemin": 0, "aria-valuemax": 1,
          "aria-valuenow": value.toFixed(3), "aria-orientation": "vertical",
        });
        group.append(
          // The whole column can be dragged, so that a bar of height 0 can be raised again.
          svg("rect", { x, y: PAD.top, width: bar - 2, height: down, fill: "transparent" }),
          svg("rect", { x, y: top, width: bar - 2, height: Math.max(1, PAD.top + down - top), fill: colors[row.color], rx: 2 }),
          svg("rect", { x: x - 1, y: top - 2, width: bar, height: 4, fill: colors["@ink"], rx: 2, class: "ll-bar-grip" }),
        );
        if (bar >= 30) {
          group.append(svg("text", { x: x + bar / 2 - 1, y: top - 5, "text-anchor": "middle", class: "ll-bars-tick" }, value.toFixed(2)));
        }
        this.canvas.append(group);
      });
    });
    if (focused) this.canvas.querySelector(`[data-bar="${focused}"]`)?.focus();
    this.drawLegend(colors);
  }

  drawLegend(colors) {
    this.legend.replaceChildren(
      ...this.config.series.map((row) =>
        el("span", {}, el("i", { class: "ll-swatch", style: `--swatch:${colors[row.color]}` }), row.name)),
    );
  }

  grab(event) {
    const bar = event.target.closest(".ll-bar");
    if (!bar) return;
    this.dragged = bar.dataset.bar.split(",").map(Number);
    this.canvas.setPointerCapture(event.pointerId);
    bar.focus();
    this.drag(event);
  }

  drag(event) {
    event.preventDefault();
    const { down, scale } = this.size();
    const y = (event.clientY - this.canvas.getBoundingClientRect().top) / scale;
    this.set(...this.dragged, 1 - (y - PAD.top) / down);
  }

  key(event) {
    const bar = event.target.closest(".ll-bar");
    const step = { ArrowUp: STEP, ArrowDown: -STEP, PageUp: 10 * STEP, PageDown: -10 * STEP }[event.key];
    if (!bar) return;
    const [s, i] = bar.dataset.bar.split(",").map(Number);
    if (step) this.set(s, i, this.values[s][i] + step);
    else if (event.key === "Home") this.set(s, i, 0);
    else if (event.key === "End") this.set(s, i, 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // The other outcomes share the rest in their old proportions, or evenly if they were all 0.
  set(s, i, wanted) {
    const row = this.values[s];
    const value = Math.min(1, Math.max(0, wanted));
    const rest = row.reduce((sum, v, j) => (j === i ? sum : sum + v), 0);
    this.values[s] = row.map((v, j) =>
      j === i ? value : rest > 1e-9 ? (v * (1 - value)) / rest : (1 - value) / (row.length - 1));
    this.draw();
    this.channel.push(this.values);
  }
}
