// A formula whose numbers update while a slider is dragged, unlike Streamlit's own formulas.
//
// It is typeset by the KaTeX that Streamlit uses for Markdown, whose styles the page already has.
// That KaTeX is a rehype plugin, so its input and output are HTML syntax trees.
import { el, receive, remembered } from "./live.js";

const formulas = new WeakMap();
const setting = import("./katex.js").then((module) => module.default({}));
const SPACES = { svg: "http://www.w3.org/2000/svg", math: "http://www.w3.org/1998/Math/MathML" };
const NAMES = { className: "class", ariaHidden: "aria-hidden" };

export default function mount(component) {
  const formula = remembered(formulas, component.parentElement, () => {
    const root = el("div", { class: "ll-formula" });
    component.parentElement.replaceChildren(root);
    return { root, wanted: "" };
  });
  receive(component, ({ latex }) => {
    if (latex === formula.wanted) return;
    formula.wanted = latex;
    const draw = (set) => {
      if (latex !== formula.wanted) return;
      const { root } = formula;
      root.replaceChildren(...typeset(latex, set));
      // A formula that is too wide scrolls, also by keyboard.
      if (root.scrollWidth > root.clientWidth) root.tabIndex = 0;
      else root.removeAttribute("tabindex");
    };
    // Draw when the browser is idle, after the figure; during a fast drag, some values are skipped.
    setting.then((set) => whenIdle(() => draw(set)), () => (formula.root.textContent = latex));
  });
}

const LATEST_MS = 120;
const whenIdle = window.requestIdleCallback // Safari does not support it
  ? (work) => window.requestIdleCallback(work, { timeout: LATEST_MS })
  : (work) => requestAnimationFrame(() => setTimeout(work));

function typeset(latex, set) {
  const text = { type: "text", value: latex };
  const block = { type: "element", tagName: "span", properties: { className: ["math-display"] }, children: [text] };
  const tree = { type: "root", children: [block] };
  set(tree, { message() {} }); // KaTeX draws invalid formulas in red and reports them here
  return tree.children.map((node) => built(node));
}

function built(node, space) {
  if (node.type !== "element") return document.createTextNode(node.value ?? "");
  const own = SPACES[node.tagName] || space;
  const element = own ? document.createElementNS(own, node.tagName) : document.createElement(node.tagName);
  for (const [name, value] of Object.entries(node.properties)) {
    element.setAttribute(NAMES[name] || name, Array.isArray(value) ? value.join(" ") : value);
  }
  element.append(...node.children.map((child) => built(child, own)));
  return element;
}
