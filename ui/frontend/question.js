// Predict, then reveal: a question with its answers as buttons, or the verdict on the answer.
import { el, receive, remembered } from "./live.js";
import { histogram, poll } from "./room.js";
import { listen, vote } from "./room_link.js";

const cards = new WeakMap();
let shown = null; // the card on the page

export default function mount(component) {
  const card = remembered(cards, component.parentElement, () => {
    const root = el("section", { class: "ll-question" });
    component.parentElement.replaceChildren(root);
    return { root };
  });
  card.component = component;
  receive(component, (message) => draw(card, message));
  shown = card;
}

// In a room the followers' answers are votes. Only what a room adds is redrawn when it changes.
listen(() => shown?.root.isConnected && shown.room?.());

function draw(card, { asked: id, hidden, title, ask, close, lead, answers, reveal, verdict, right, why, look, options, rightAt }) {
  const { root } = card;
  const open = Boolean(answers);
  root.hidden = Boolean(hidden);
  root.classList.toggle("ll-open", open);
  card.room = null;
  if (hidden) return root.replaceChildren();
  root.setAttribute("aria-label", title);
  const send = (value) => card.component.setTriggerValue("answer", value);
  const button = (kind, label, value, extra = {}) =>
    el("button", { type: "button", class: kind, onclick: () => send(value), ...extra }, label);
  const dismiss = button("ll-question-close", "✕", "close", { title: close, "aria-label": close });
  const room = el("div", { class: "ll-question-room", role: "status" });
  if (open) {
    const pick = (i) => (poll(id)?.votes ? vote(i) : send(i));
    const choices = answers.map((answer, i) => button("ll-answer", answer, i, { onclick: () => pick(i) }));
    const skip = button("ll-reveal", reveal, "reveal");
    card.room = () => {
      const now = poll(id);
      choices.forEach((choice, i) => now?.votes ? choice.setAttribute("aria-pressed", String(now.vote === i)) : choice.removeAttribute("aria-pressed"));
      skip.hidden = dismiss.hidden = Boolean(now?.votes);
      skip.textContent = now ? now.reveal : reveal;
      room.textContent = now ? now.text : "";
    };
    root.replaceChildren(
      dismiss,
      el("p", { class: "ll-ask-text" }, el("b", {}, `${title}. `), ask),
      el("p", { class: "ll-ask-lead" }, lead),
      el("div", { class: "ll-answers" }, ...choices, skip), room,
    );
    if (card.asked !== id && poll(id)?.votes) root.scrollIntoView({ block: "center" });
    card.asked = id;
    return card.room();
  }
  card.asked = null;
  card.room = () => room.replaceChildren(...[histogram(id, options, rightAt)].filter(Boolean));
  const mark = verdict ? [el("b", { class: right ? "ll-right" : "" }, `${right ? "✓ " : ""}${verdict}`), " "] : [];
  const said = el("div", { class: "ll-verdict", tabindex: -1, role: "status" },
    el("p", { class: "ll-ask-text ll-asked" }, ask), el("p", {}, ...mark, why), el("p", { class: "ll-look" }, look));
  const answered = root.contains(document.activeElement);
  root.replaceChildren(dismiss, said, room);
  card.room();
  if (answered) said.focus({ preventScroll: true });
}
