// A formula whose numbers move with the slider: Streamlit's own waits until the hand rests.
//
// Set by the KaTeX with which Streamlit sets formulas in Markdown, for which its page has the styles.
// That comes as a plugin for trees of HTML, so a tree goes in and comes out.
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
    const draw = (set) => latex === formula.wanted && formula.root.replaceChildren(...typeset(latex, set));
    // When the figure has been painted and nothing else is due; a fast hand leaves some numbers out.
    setting.then((set) => whenIdle(() => draw(set)), () => (formula.root.textContent = latex));
  });
}

const LATEST_MS = 120;
const whenIdle = window.requestIdleCallback // Safari has none
  ? (work) => window.requestIdleCallback(work, { timeout: LATEST_MS })
  : (work) => requestAnimationFrame(() => setTimeout(work));

function typeset(latex, set) {
  const text = { type: "text", value: latex };
  const block = { type: "element", tagName: "span", properties: { className: ["math-display"] }, children: [text] };
  const tree = { type: "root", children: [block] };
  set(tree, { message() {} }); // a formula that KaTeX cannot read it sets in red, and notes here
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
