// Predict, then reveal: a question with its answers as buttons, or the verdict on the answer.
import { el, receive, remembered } from "./live.js";

const cards = new WeakMap();

export default function mount(component) {
  const card = remembered(cards, component.parentElement, () => {
    const root = el("section", { class: "ll-question" });
    component.parentElement.replaceChildren(root);
    return { root };
  });
  card.component = component;
  receive(component, (message) => draw(card, message));
}

function draw(card, { hidden, title, ask, close, lead, answers, reveal, verdict, right, why, look }) {
  const { root } = card;
  root.hidden = Boolean(hidden);
  root.classList.toggle("ll-open", Boolean(answers));
  if (hidden) return root.replaceChildren();
  root.setAttribute("aria-label", title);
  const send = (value) => card.component.setTriggerValue("answer", value);
  const button = (kind, label, value, extra = {}) =>
    el("button", { type: "button", class: kind, onclick: () => send(value), ...extra }, label);
  const dismiss = button("ll-question-close", "✕", "close", { title: close, "aria-label": close });
  if (answers) {
    const choices = answers.map((answer, i) => button("ll-answer", answer, i));
    return root.replaceChildren(
      dismiss,
      el("p", { class: "ll-ask-text" }, el("b", {}, `${title}. `), ask),
      el("p", { class: "ll-ask-lead" }, lead),
      el("div", { class: "ll-answers" }, ...choices, button("ll-reveal", reveal, "reveal")),
    );
  }
  const mark = verdict ? [el("b", { class: right ? "ll-right" : "" }, `${right ? "✓ " : ""}${verdict}`), " "] : [];
  const said = el("div", { class: "ll-verdict", tabindex: -1, role: "status" },
    el("p", { class: "ll-ask-text ll-asked" }, ask), el("p", {}, ...mark, why), el("p", { class: "ll-look" }, look));
  const answered = root.contains(document.activeElement);
  root.replaceChildren(dismiss, said);
  if (answered) said.focus({ preventScroll: true });
}
