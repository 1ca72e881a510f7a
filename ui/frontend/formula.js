// A formula whose numbers move with the slider: Streamlit's own waits until the hand rests.
import { el, receive, remembered } from "./live.js";

const formulas = new WeakMap();
const katex = import("./katex.js").then((module) => module.default);

export default function mount(component) {
  const formula = remembered(formulas, component.parentElement, () => {
    const root = el("div", { class: "ll-formula" });
    component.parentElement.replaceChildren(root);
    return { root, shown: "" };
  });
  receive(component, ({ latex }) => {
    if (latex === formula.shown) return;
    formula.shown = latex;
    katex.then(
      ({ render }) => {
        if (latex === formula.shown) render(latex, formula.root, { displayMode: true, throwOnError: false });
      },
      () => (formula.root.textContent = latex),
    );
  });
}
