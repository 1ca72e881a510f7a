// A grid of small heatmaps (attention heads), painted on canvases from raw numbers.
import { el, receive, remembered } from "./live.js";
import { loadTheme, modeOf, rgb, shade } from "./colors.js";

const walls = new WeakMap();
const ready = loadTheme(new URL(".", import.meta.url));
const LEVELS = 64;

export default function mount(component) {
  const wall = remembered(walls, component.parentElement, () => new Wall(component.parentElement));
  wall.component = component;
  receive(component, (message, fromStreamlit) => {
    wall.message = message;
    // Reading the theme computes styles, so only when it may have changed, as Streamlit then reports.
    if (fromStreamlit || !wall.mode) wall.mode = modeOf(wall.grid);
    ready.then(() => wall.message === message && wall.draw());
  });
}

class Wall {
  constructor(parent) {
    this.grid = el("div", { class: "ll-wall", role: "group" });
    parent.replaceChildren(el("div", { class: "ll-wall-scroll" }, this.grid));
    this.grid.addEventListener("click", (event) => this.pick(event.target.closest(".ll-tile")));
    this.grid.addEventListener("keydown", (event) => this.key(event));
  }

  // The message has `images`: (N, size*size) in [0, 1], NaN if masked, or null if unchanged.
  draw() {
    const { size, columns, names, selected, label, key, rows, heads } = this.message;
    if (this.message.images) [this.images, this.digest] = [this.message.images, this.message.digest];
    const { mode } = this;
    this.grid.dataset.key = key;
    this.grid.setAttribute("aria-label", label);
    this.grid.style.setProperty("--columns", columns);
    const built = this.tiles?.length !== names.length || this.columns !== columns;
    if (built) this.build(names, columns, rows, heads);
    this.columns = columns;
    const look = `${this.message.digest} ${mode}`;
    if (this.digest === this.message.digest && (built || look !== this.look)) {
      this.paint(size, mode);
      this.look = look;
    }
    // Hundreds of tiles: only those that differ are touched.
    this.tiles.forEach((tile, n) => {
      if (tile.title !== names[n]) {
        tile.title = names[n];
        tile.setAttribute("aria-label", names[n]);
      }
      const pressed = String(n === selected);
      if (tile.getAttribute("aria-pressed") !== pressed) tile.setAttribute("aria-pressed", pressed);
      const index = n === (selected ?? 0) ? 0 : -1;
      if (tile.tabIndex !== index) tile.tabIndex = index;
    });
    if (built || selected !== this.selected) this.show(this.tiles[selected]);
    this.selected = selected;
  }

  // Scroll only the box around a long grid, not the page, to the selected tile.
  show(tile) {
    let box = this.grid.parentElement;
    while (box && !(box.scrollHeight > box.clientHeight + 4 && /auto|scroll/.test(getComputedStyle(box).overflowY))) box = box.parentElement;
    if (!tile || !box || box.matches('[data-testid="stMain"]')) return;
    const [seen, here] = [box.getBoundingClientRect(), tile.getBoundingClientRect()];
    if (here.top < seen.top || here.bottom > seen.bottom) box.scrollTop += here.top - seen.top - (seen.height - here.height) / 2;
  }

  paint(size, mode) {
    const table = Array.from({ length: LEVELS }, (_, i) => rgb(shade(i / (LEVELS - 1), mode).ground));
    this.tiles.forEach((tile, n) => {
      const canvas = tile.firstChild;
      canvas.width = canvas.height = size;
      const pixels = new ImageData(size, size);
      const row = this.images[n];
      for (let i = 0; i < size * size; i++) {
        const value = row[i];
        if (Number.isNaN(value)) continue;
        const color = table[Math.min(LEVELS - 1, Math.max(0, Math.round(value * (LEVELS - 1))))];
        pixels.data.set([color[0], color[1], color[2], 255], 4 * i);
      }
      canvas.getContext("2d").putImageData(pixels, 0, 0);
    });
  }

  build(names, columns, rows, heads) {
    this.tiles = names.map((name, n) => el("button", { type: "button", class: "ll-tile", "data-index": n }, el("canvas")));
    const cells = [el("span", {})];
    for (const head of heads) cells.push(el("span", { class: "ll-wall-head" }, head));
    this.tiles.forEach((tile, n) => {
      if (n % columns === 0) cells.push(el("span", { class: "ll-wall-row" }, rows[n / columns]));
      cells.push(tile);
    });
    this.grid.replaceChildren(...cells);
  }

  pick(tile) {
    if (tile) this.component.setTriggerValue("click", Number(tile.dataset.index));
  }

  key(event) {
    const tile = event.target.closest(".ll-tile");
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns }[event.key];
    if (!tile || !step) return;
    event.preventDefault();
    event.stopPropagation();
    const next = this.tiles[Number(tile.dataset.index) + step];
    if (next) {
      next.focus();
      this.pick(next);
    }
  }
}
