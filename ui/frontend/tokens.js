// Tokens as chips: invisible characters are made visible, all content is text, color encodes a value.
import { el, receive, remembered } from "./live.js";
import { Detail } from "./detail.js";
import { loadTheme, modeOf, palette, shade, rgb, inkOn } from "./colors.js";

const strips = new WeakMap();
const ready = loadTheme(new URL(".", import.meta.url));

export default function mount(component) {
  const strip = remembered(strips, component.parentElement, () => new Strip(component.parentElement));
  strip.component = component;
  receive(component, (message, fromStreamlit) => {
    strip.message = message;
    // Reading the theme computes styles, so only when it may have changed, as Streamlit then reports.
    if (fromStreamlit || !strip.mode) strip.mode = modeOf(strip.list);
    ready.then(() => strip.message === message && strip.draw());
  });
}

class Strip {
  constructor(parent) {
    this.chips = [];
    this.list = el("div", { class: "ll-tokens" });
    this.detail = new Detail((index) => this.component.setTriggerValue("choose", index));
    parent.replaceChildren(this.list, this.detail.box);
    this.list.addEventListener("click", (event) => this.click(event.target.closest(".ll-token")));
    this.list.addEventListener("keydown", (event) => this.key(event));
  }

  draw() {
    const { tokens, label, key, selected, clicks } = this.message;
    const { mode } = this;
    this.list.dataset.key = key;
    this.list.setAttribute("aria-label", label);
    this.list.setAttribute("role", clicks ? "group" : "list");
    // With other groups, every chip is drawn again.
    const groups = tokens.map((token) => token.group ?? "").join();
    if (groups !== this.groups && groups.replaceAll(",", "") + (this.groups || "").replaceAll(",", "")) {
      this.chips = [];
      this.list.replaceChildren();
    }
    this.groups = groups;
    // Chips are reused: if a strip grows by a token during generation, only that token is redrawn.
    tokens.forEach((token, i) => {
      const signature = JSON.stringify(token) + mode + (i === selected) + clicks;
      if (this.chips[i]?.signature === signature) return;
      const node = this.chip(token, i, mode, i === selected, clicks);
      const before = this.chips[i]?.node;
      const focused = before?.contains(document.activeElement);
      if (before) before.replaceWith(node);
      else this.parent(tokens, i).append(node);
      this.chips[i] = { signature, node };
      if (focused) this.button(i).focus({ preventScroll: true });
    });
    for (const { node } of this.chips.splice(tokens.length)) node.remove();
    this.detail.show(this.button(selected), selected, this.message.detail);
  }

  // The chip itself; one that ends a line is inside a wrapper.
  button(index) {
    const node = this.chips[index]?.node;
    return node?.matches(".ll-token-break") ? node.querySelector(".ll-token") : node;
  }

  // Returns the element that holds chip i: the list, or the box of the chip's group.
  parent(tokens, i) {
    const { group } = tokens[i];
    if (group === null) return this.list;
    if (i && tokens[i - 1].group === group) return this.chips[i - 1].node.parentElement;
    const box = el("span", { class: "ll-token-group", role: "presentation" });
    this.list.append(box);
    return box;
  }

  chip(token, index, mode, selected, clicks) {
    const node = el(clicks ? "button" : "span", {
      class: `ll-token${selected ? " ll-selected" : ""}${token.muted ? " ll-muted" : ""}`,
      type: clicks ? "button" : undefined,
      role: clicks ? undefined : "listitem",
      tabindex: clicks ? undefined : "-1",
      title: token.title,
      "aria-label": token.title ? `${token.plain}: ${token.title}` : token.plain,
      "aria-pressed": clicks ? String(selected) : undefined,
      "data-index": index,
    });
    // Each part is isolated, so that a right-to-left mark cannot reverse its neighbors.
    const word = el("bdi", { class: "ll-token-text" });
    for (const [text, kind] of token.parts) word.append(kind ? el("span", { class: `ll-${kind}` }, text) : text);
    node.append(word);
    if (token.note) node.append(el("small", {}, token.note));
    if (token.span) node.style.minWidth = `calc(${token.span} * (var(--ll-unit) + var(--ll-gap)) - var(--ll-gap))`;
    this.paint(node, token, mode);
    if (token.breaks) {
      const wrapper = el("span", { class: "ll-token-break" }, node);
      return wrapper;
    }
    return node;
  }

  paint(node, token, mode) {
    if (typeof token.shade === "number") {
      const { ground, ink } = shade(token.shade, mode, token.scale || "@sequential");
      node.style.background = ground;
      node.style.color = ink;
    } else if (token.color) {
      const color = palette(mode)[token.color] || token.color;
      node.style.background = color;
      node.style.color = inkOn(rgb(color));
    }
  }

  click(node) {
    if (!node || !this.message.clicks) return;
    const index = Number(node.dataset.index);
    if (index === this.message.selected && this.message.detail) this.detail.toggle();
    else this.component.setTriggerValue("click", index);
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = event.target.closest(".ll-token");
    if (!step || !at) return;
    this.button(Number(at.dataset.index) + step)?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
