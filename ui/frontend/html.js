// A block of the lab's own HTML; what came from a visitor was escaped by ui/html.py.
import { el, receive, remembered } from "./live.js";

const blocks = new WeakMap();

export default function mount(component) {
  const block = remembered(blocks, component.parentElement, () => {
    const root = el("div", { class: "ll-block" });
    component.parentElement.replaceChildren(root);
    return { root, shown: "" };
  });
  receive(component, ({ html }) => {
    if (html === block.shown) return;
    block.shown = html;
    block.root.innerHTML = html;
  });
}
