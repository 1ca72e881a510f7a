// The popover at the selected chip of a strip: lines of text and buttons. It is in the browser's top
// layer, so no scrolling container clips it, and it never covers the chip.
import { el } from "./live.js";

const GAP = 6; // pixels between the chip and the popover, and between the popover and the window

// Where a box of the given size goes: under the chip, or above it if there is more room. The strip is
// the part of the window that the box should not leave to the sides, if it is wide enough.
export function placed(chip, box, view, strip) {
  const below = view.height - chip.bottom - 2 * GAP;
  const above = chip.top - 2 * GAP;
  const under = box.height <= below || below >= above;
  const height = Math.min(box.height, Math.max(0, under ? below : above));
  const middle = (chip.left + chip.right - box.width) / 2;
  const fits = strip.right - strip.left >= box.width;
  const [from, to] = fits ? [strip.left, strip.right] : [GAP, view.width - GAP];
  return {
    left: Math.max(from, Math.min(middle, to - box.width)),
    top: under ? chip.bottom + GAP : chip.top - GAP - height,
    height,
  };
}

export class Detail {
  constructor(choose) {
    this.choose = choose;
    this.closed = false; // by the visitor, for the chip that is selected
    this.box = el("div", { class: "ll-detail", popover: "manual", role: "group", "aria-live": "polite" });
    this.box.hidden = true;
    this.listening = null; // an AbortController while the popover is open
  }

  listen() {
    this.listening = new AbortController();
    const { signal } = this.listening;
    const move = () => requestAnimationFrame(() => this.move());
    window.addEventListener("scroll", move, { capture: true, passive: true, signal });
    window.addEventListener("resize", move, { signal });
    // In the capture phase of the window, before presenter mode sees Esc.
    window.addEventListener("keydown", (event) => this.key(event), { capture: true, signal });
  }

  get open() {
    return this.box.isConnected && !this.box.hidden;
  }

  show(chip, index, detail) {
    const content = detail ? JSON.stringify(detail) : "";
    if (index !== this.index) this.closed = false;
    this.chip = chip;
    this.index = index;
    if (content !== this.content && detail) this.fill(detail);
    this.content = content;
    this.set(Boolean(chip && detail && !this.closed));
  }

  fill({ lines, choices, close }) {
    const button = (text, attributes, action) => el("button", { type: "button", ...attributes, onclick: action }, text);
    this.box.setAttribute("aria-label", lines[0]);
    this.box.replaceChildren(
      button("×", { class: "ll-detail-close", "aria-label": close, title: close }, () => this.close()),
      ...lines.map((line) => el("p", {}, line)),
      el("div", { class: "ll-detail-choices" }, ...choices.map((text, i) => button(text, { class: "ll-button" }, () => this.choose(i)))),
    );
  }

  toggle() {
    this.closed = this.open;
    this.set(!this.closed);
  }

  close() {
    const inside = this.box.contains(document.activeElement);
    this.closed = true;
    this.set(false);
    if (inside) this.chip?.focus();
  }

  set(open) {
    this.box.hidden = !open;
    if (this.content && this.chip?.matches("button")) this.chip.setAttribute("aria-expanded", String(open));
    if (open && !this.listening) this.listen();
    if (!open) this.listening = this.listening?.abort() ?? null;
    if (this.box.showPopover && this.box.isConnected && this.box.matches(":popover-open") !== open) this.box.togglePopover(open);
    if (open) this.move();
  }

  move() {
    if (!this.open || !this.chip?.isConnected) return this.set(false);
    const chip = this.chip.getBoundingClientRect();
    this.box.style.maxHeight = "none";
    const { width, height } = this.box.getBoundingClientRect();
    const strip = this.chip.closest(".ll-tokens").getBoundingClientRect();
    const place = placed(chip, { width, height }, { width: innerWidth, height: innerHeight }, strip);
    const area = this.chip.closest(".st-key-ll_figure, .st-key-ll_second")?.getBoundingClientRect();
    const seen = chip.bottom > Math.max(0, area?.top ?? 0) && chip.top < Math.min(innerHeight, area?.bottom ?? innerHeight);
    Object.assign(this.box.style, {
      left: `${place.left}px`,
      top: `${place.top}px`,
      maxHeight: `${place.height}px`,
      visibility: seen ? "visible" : "hidden",
    });
  }

  // Esc closes; Tab goes from the chip into the popover, and Shift+Tab back.
  key(event) {
    if (!this.open) return this.set(false);
    const buttons = [...this.box.querySelectorAll("button")];
    if (event.key === "Escape") this.close();
    else if (event.key === "Tab" && !event.shiftKey && event.target === this.chip) buttons[0].focus();
    else if (event.key === "Tab" && event.shiftKey && event.target === buttons[0]) this.chip.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
