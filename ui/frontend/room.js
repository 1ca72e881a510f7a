// What a room adds to the page: the button that starts it, the sheet with its code, the bar that says
// whom the page follows. `room_link.js` has the connection.
import { copy } from "./link.js";
import { el, receive, remembered } from "./live.js";
import { end, follow, followLink, leave, lecturerLink, listen, resume, seat, start } from "./room_link.js";

const holders = new WeakMap();
let words = null;
let place = null; // of the component, which has Streamlit's colors
const COLORS = ["--st-primary-color", "--st-background-color", "--st-text-color"];

export default function mount(component) {
  remembered(holders, component.parentElement, () => {
    const root = el("div", { class: "ll-room" }, roomButton("ll-button"));
    component.parentElement.replaceChildren(root);
    return { root };
  });
  place = component.parentElement;
  receive(component, (message) => {
    const first = !words;
    words = message.words;
    if (first) resume();
    draw();
  });
}

// A button that starts a room, or shows the one that the lecturer has started.
export function roomButton(kind) {
  const button = el("button", { type: "button", class: `ll-room-button ${kind}`, onclick: showRoom });
  if (words) label(button);
  return button;
}

function label(button) {
  const short = button.classList.contains("ll-room-tool");
  const name = seat.role === "lecturer" ? fill(words.room, { code: seat.code }) : words.start;
  const text = short && seat.role === "lecturer" ? `${seat.code} · ${seat.here}` : short ? "⌂" : name;
  button.hidden = seat.role === "follower";
  if (button.textContent !== text) button.textContent = text;
  button.title = seat.role === "lecturer" ? `${name} · ${fill(words.here, { n: seat.here })}` : short ? `${words.start} (R)` : words.help;
  button.setAttribute("aria-label", short ? button.title : name);
}

export function showRoom() {
  if (seat.role === "follower") return;
  wanted = true;
  if (seat.role === "lecturer") draw();
  else start();
}

const fill = (text, fields) => text.replace(/{(\w+)}/g, (_, key) => fields[key]);

let wanted = false; // the sheet opens as soon as the room has a code
let sheet = null;

function openSheet() {
  wanted = false;
  sheet?.remove();
  const image = new URL("qr.svg", import.meta.url);
  image.searchParams.set("url", followLink());
  const button = (text, action, extra = {}) => el("button", { type: "button", class: "ll-button", onclick: action, ...extra }, text);
  const secret = button(words.steer, async () => {
    secret.textContent = (await copy(lecturerLink(), sheet)) ? words.copied : words.failed;
  }, { title: words.steerHelp });
  sheet = el("dialog", { class: "ll-room-sheet", "aria-label": fill(words.room, { code: seat.code }) },
    el("p", { class: "ll-room-code" }, fill(words.room, { code: seat.code })),
    el("img", { src: image.href, alt: followLink() }),
    el("p", {}, words.join), el("p", { class: "ll-room-url" }, followLink()),
    el("p", { class: "ll-room-here", role: "status" }, fill(words.here, { n: seat.here })),
    el("div", { class: "ll-room-actions" },
      button(words.close, () => sheet.close(), { autofocus: true }), secret,
      button(words.end, () => (end(), sheet.close()), { class: "ll-button ll-room-end" })));
  sheet.addEventListener("keydown", (event) => event.stopPropagation());
  document.body.append(sheet);
  sheet.showModal();
}

const bar = el("div", { class: "ll-room-bar", role: "status", hidden: true });

function draw() {
  if (!words) return;
  document.querySelectorAll(".ll-room-button").forEach(label);
  if (seat.role === "lecturer" && wanted) openSheet();
  if (sheet) sheet.querySelector(".ll-room-here").textContent = fill(words.here, { n: seat.here });
  if (seat.role !== "lecturer" && sheet?.open) sheet.close();
  if (!bar.isConnected) document.body.append(bar);
  const colors = getComputedStyle(place);
  for (const name of COLORS) bar.style.setProperty(name, colors.getPropertyValue(name));
  const parts = barParts();
  bar.hidden = !parts.length;
  const shape = parts.map((part) => part.textContent).join("·");
  if (bar.dataset.shape === shape) return;
  bar.dataset.shape = shape;
  bar.classList.toggle("ll-room-own", seat.role === "follower" && !seat.following);
  bar.replaceChildren(...parts);
}

function barParts() {
  const button = (text, action, name = text) =>
    el("button", { type: "button", title: name, "aria-label": name, onclick: action }, text);
  const name = fill(words.room, { code: seat.code });
  if (seat.trouble) {
    const close = seat.role ? [] : [button("✕", () => ((seat.trouble = ""), draw()), words.close)];
    return [el("span", {}, words[seat.trouble]), ...close];
  }
  if (seat.role !== "follower") return [];
  const out = button("✕", () => leave(), words.leave);
  if (!seat.following) return [el("span", {}, words.own), button(words.again, follow), out];
  return [el("span", {}, `${words.following} · ${name}`), out];
}

listen(draw);

// The room's part of a question card (question.js).

// Returns the sentence under an open question, and whether its answers are votes; null without a room.
export function poll(id) {
  if (!words || !seat.role || seat.poll?.id !== id) return null;
  const votes = seat.role === "follower" && seat.following && seat.poll.open;
  const count = fill(words.votes, { n: seat.votes, all: Math.max(seat.here, seat.votes) });
  const voted = seat.vote === null ? "" : words.voted;
  return { votes, vote: seat.vote, text: seat.role === "lecturer" ? count : voted, reveal: words.reveal };
}

// Returns bars of how many followers gave each answer; null until the lecturer has revealed them.
export function histogram(id, answers, right) {
  const counts = seat.role && seat.poll?.id === id && !seat.poll.open ? seat.poll.counts : null;
  if (!counts || !answers) return null;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return el("ul", { class: "ll-room-counts" }, ...answers.map((answer, i) => {
    const share = total ? Math.round((100 * counts[i]) / total) : 0;
    const mine = seat.role === "follower" && seat.vote === i ? ` (${words.yours})` : "";
    return el("li", { class: i === right ? "ll-room-right" : "", title: answer },
      el("span", {}, `${i === right ? "✓ " : ""}${answer[0]}${mine}`),
      el("i", { style: `--share:${share}%`, "aria-hidden": "true" }), el("b", {}, `${counts[i]} · ${share} %`));
  }));
}
