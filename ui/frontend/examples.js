// A page's examples, as chips in one line. The chosen one stays marked; its note is shown above the
// figure.
import { el, receive, remembered } from "./live.js";

const rows = new WeakMap();

export default function mount(component) {
  const row = remembered(rows, component.parentElement, () => {
    const root = el("div", { class: "ll-examples", role: "group" });
    component.parentElement.replaceChildren(root);
    return { root };
  });
  row.component = component;
  receive(component, ({ label, items }) => {
    row.root.setAttribute("aria-label", label);
    const chips = items.map((item, i) => el("button", {
      type: "button", class: "ll-example", title: item.help || null, "aria-pressed": String(item.pressed),
      onclick: () => row.component.setTriggerValue("pick", i),
    }, item.label));
    row.root.replaceChildren(el("span", { class: "ll-examples-name" }, label), ...chips);
  });
}
