// A Plotly figure that is updated in place: it keeps its element, zoom and camera, without blank frames.
import { el, receive, remembered } from "./live.js";
import { loadTheme, modeOf, resolve } from "./colors.js";
import { firstHeight, scaleNow, watch } from "./fit.js";

const CONFIG = {
  displaylogo: false,
  displayModeBar: false,
  responsive: false,
  scrollZoom: false,
  doubleClick: "reset",
};
const plots = new WeakMap();
const HERE = new URL(".", import.meta.url);
// Plotly in two builds: one for flat figures, and one for 3D figures, loaded with the first of them.
const FLAT = "plotly-cartesian.js";
const SOLID = "plotly-gl3d.js";
const libraries = {}; // file name -> promise of the library

function plotly(file) {
  libraries[file] ||= new Promise((done, fail) => {
    const script = el("script", { src: new URL(file, HERE).href });
    script.onload = () => done(window.Plotly);
    script.onerror = () => fail(new Error(`${file} did not load`));
    document.head.append(script);
  });
  return libraries[file];
}

const buildFor = (spec) => (spec.data.some(({ type }) => /3d$|^surface$/.test(type)) ? SOLID : FLAT);

// Start both downloads when this module loads, before the first figure arrives.
const loaded = {}; // file name -> library, once it and the theme are loaded
const ready = (file) => Promise.all([plotly(file), loadTheme(HERE)]).then(([Plotly]) => (loaded[file] = Plotly));
ready(FLAT).catch(() => {}); // each figure reports the failure

// Draw one figure at a time, so that the first one appears at once, however many have changed. If newer
// messages arrive meanwhile, they replace those not yet drawn. The frame in between is left free, so
// that the slider's thumb keeps up with the pointer.
const waiting = new Set();
let painting = false;

function paint(plot) {
  waiting.add(plot);
  if (!painting) paintNext();
}

function paintNext() {
  const [plot] = waiting;
  painting = plot !== undefined;
  if (!painting) return;
  waiting.delete(plot);
  requestAnimationFrame(() => {
    if (waiting.size) requestAnimationFrame(() => setTimeout(paintNext));
    else painting = false;
  });
  if (plot.root.isConnected) plot.draw();
}

export default function mount(component) {
  const plot = remembered(plots, component.parentElement, () => new Plot(component.parentElement));
  plot.component = component;
  receive(component, (message, fromStreamlit) => plot.take(message, fromStreamlit));
}

class Plot {
  constructor(parent) {
    this.legend = el("figcaption", { class: "ll-legend" });
    this.area = el("div", { class: "ll-plot-area" });
    this.tools = el("div", { class: "ll-plot-tools" });
    const scroll = el("div", { class: "ll-plot-scroll" }, this.area);
    this.root = el("figure", { class: "ll-plot" }, this.legend, scroll, this.tools);
    parent.replaceChildren(this.root);
    this.fit = { root: this.root, requested: 0, height: 0, apply: (height) => this.resize(height) };
    let frame = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => this.widen());
    }).observe(this.root);
  }

  take(message, fromStreamlit) {
    this.message = message;
    if (fromStreamlit || !this.mode) this.mode = modeOf(this.root);
    this.root.dataset.key = message.key;
    if (fromStreamlit || this.fit.requested !== message.height || this.fit.least !== message.leastHeight) {
      this.fit.requested = message.height;
      this.fit.least = message.leastHeight;
      if (!this.fit.height) this.setHeight(firstHeight(this.fit));
      watch(this.fit);
    }
    this.area.setAttribute("role", "img");
    this.area.setAttribute("aria-label", message.alt);
    this.drawTools();
    this.build = buildFor(message.spec);
    if (loaded[this.build]) paint(this);
    else ready(this.build).then(() => this.message === message && paint(this), (error) => this.fail(error));
  }

  fail(error) {
    this.area.textContent = String(error.message || error);
  }

  get plotly() {
    return loaded[this.build];
  }

  draw() {
    const { spec, key } = this.message;
    const mode = this.mode;
    const figure = resolve(spec, mode);
    this.column ||= this.root.clientWidth; // later updated by the observer, because reading it forces a layout
    Object.assign(figure.layout, this.size());
    figure.layout.uirevision = spec.layout.uirevision || key;
    this.figure = figure;
    this.drawLegend();
    // Pass the settings only once: with them Plotly reads the area's size, which forces a layout.
    this.plotly.react(this.area, figure.data, figure.layout, this.paints ? undefined : CONFIG);
    this.root.dataset.rev = this.paints = (this.paints || 0) + 1;
    if (!this.listening) this.listen();
  }

  // Draw the names and colors of the traces. Plotly's own legend would measure its text on every repaint.
  drawLegend() {
    const entries = this.figure.data
      .filter((trace) => trace.name && trace.showlegend !== false)
      .map((trace) => [trace.name, this.swatch(trace), trace.line?.dash && trace.line.dash !== "solid"]);
    const signature = entries.length > 1 ? JSON.stringify(entries) : "";
    if (signature === this.legendShown) return;
    this.legendShown = signature;
    this.legend.replaceChildren();
    if (!signature) return;
    for (const [name, color, dash] of entries) {
      const line = dash ? `ll-swatch ll-dashed` : "ll-swatch";
      const swatch = el("i", { class: line, style: `--swatch:${CSS.supports("color", color) ? color : "gray"}` });
      this.legend.append(el("span", {}, swatch, name));
    }
  }

  swatch(trace) {
    const color = (trace.line && trace.line.color) || (trace.marker && trace.marker.color);
    return typeof color === "string" ? color : (trace.legendcolor || "gray");
  }

  setHeight(height) {
    this.fit.height = height;
    this.root.style.setProperty("--plot-height", `${height}px`);
  }

  // Set the size for Plotly. On a projector, a figure is drawn at laptop size and scaled up, so that
  // text, lines and margins grow together. A figure that is too wide for its column scrolls.
  size() {
    const scale = scaleNow();
    const width = this.column && Math.max(this.column / scale, this.message.leastWidth);
    this.area.style.width = width ? `${width}px` : "";
    this.area.style.transform = scale === 1 ? "" : `scale(${scale})`;
    this.area.style.height = `${this.fit.height / scale}px`;
    this.shown = { width: width || undefined, height: Math.round(this.fit.height / scale) };
    return this.shown;
  }

  resize(height) {
    this.setHeight(height);
    this.relayout();
  }

  widen() {
    if (this.column === this.root.clientWidth) return;
    this.column = this.root.clientWidth;
    this.relayout();
  }

  relayout() {
    if (!this.plotly || !this.figure || !this.column) return;
    const before = this.shown;
    const now = this.size();
    if (before.width !== now.width || before.height !== now.height) this.plotly.relayout(this.area, { ...now });
  }

  listen() {
    this.listening = true;
    const point = (event) => {
      const p = event.points && event.points[0];
      if (!p) return null;
      const index = p.pointIndex ?? p.pointNumber;
      return { curve: p.curveNumber, point: index, x: p.x ?? null, y: p.y ?? null, data: p.customdata ?? null };
    };
    this.area.on("plotly_click", (event) => {
      if (this.message.clicks) this.component.setTriggerValue("click", point(event));
    });
  }

  drawTools() {
    const words = this.message.words;
    if (this.tools.childElementCount || !words) return;
    const button = (label, title, action) =>
      el("button", { type: "button", title, "aria-label": title, onclick: action }, label);
    this.tools.append(
      button("PNG", words.png, () => this.picture("png")),
      button("SVG", words.svg, () => this.picture("svg")),
      button("HTML", words.html, () => this.page()),
    );
  }

  // Exported images have the page's background color: with a transparent background, they would be
  // unreadable on a page of the opposite theme.
  layoutForExport() {
    const ground = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const named = this.figure.data.filter((trace) => trace.name && trace.showlegend !== false);
    return { ...this.figure.layout, paper_bgcolor: ground, plot_bgcolor: ground, showlegend: named.length > 1 };
  }

  picture(format) {
    const { width, height } = this.figure.layout;
    const figure = { data: this.figure.data, layout: this.layoutForExport() };
    this.plotly.downloadImage(figure, { format, width, height, scale: 2, filename: this.message.filename });
  }

  // Save a stand-alone page: the library and the figure in one file.
  async page() {
    const source = await (await fetch(new URL(this.build, HERE))).text();
    const plain = (k, v) => (ArrayBuffer.isView(v) ? Array.from(v) : v);
    const layout = { ...this.layoutForExport(), width: undefined, height: undefined, autosize: true };
    const figure = JSON.stringify({ data: this.figure.data, layout }, plain).replaceAll("<", "\\u003c");
    const title = this.message.filename.replace(/[^\w-]/g, "");
    const html =
      `<!doctype html><meta charset="utf-8"><title>${title}</title>` +
      `<style>html,body,#f{margin:0;height:100%}</style><div id="f"></div>` +
      `<script>${source.replaceAll("</script", "<\\/script")}</script>` +
      `<script>const g=${figure};Plotly.newPlot("f",g.data,g.layout,{responsive:true,displaylogo:false})</script>`;
    const link = el("a", {
      href: URL.createObjectURL(new Blob([html], { type: "text/html" })),
      download: `${this.message.filename}.html`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}
