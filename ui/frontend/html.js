// A block of the app's own HTML; ui/html.py has escaped all text from visitors.
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
