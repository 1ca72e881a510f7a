// A page's examples, as chips in one line, after a button that asks the page's next question. The
// chosen example stays marked; its note is shown above the figure.
import { el, receive, remembered } from "./live.js";

const rows = new WeakMap();

export default function mount(component) {
  const row = remembered(rows, component.parentElement, () => {
    const root = el("div", { class: "ll-examples", role: "group" });
    component.parentElement.replaceChildren(root);
    return { root };
  });
  row.component = component;
  receive(component, ({ label, items, ask }) => {
    row.root.setAttribute("aria-label", label);
    const chips = items.map((item, i) => el("button", {
      type: "button", class: "ll-example", title: item.help || null, "aria-pressed": String(item.pressed),
      onclick: () => row.component.setTriggerValue("pick", i),
    }, item.label));
    const name = items.length ? [el("span", { class: "ll-examples-name" }, label)] : [];
    const predict = ask ? [el("button", {
      type: "button", class: "ll-example ll-ask", title: ask.help,
      onclick: () => row.component.setTriggerValue("ask", true),
    }, ask.label)] : [];
    row.root.replaceChildren(...predict, ...name, ...chips);
  });
}
