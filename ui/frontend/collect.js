// "Add this state to my lecture": collects states in this browser and writes them into a TOML file,
// which ui/lectures/parsing.py reads.
import { el, receive, remembered } from "./live.js";

const STORE = "ll-my-lecture";
const MOST = 200; // as in ui/lectures/parsing.py
const LONGEST = 1500; // characters of one parameter, as in ui/controls.py
const FRAME = ["present", "lang", "lecture", "stop", "notes", "room"];
const buttons = new WeakMap();

export default function mount(component) {
  const box = remembered(buttons, component.parentElement, () => {
    const root = el("span", { class: "ll-collect" });
    component.parentElement.replaceChildren(root);
    return { root };
  });
  receive(component, (message) => draw(box, message));
}

function draw(box, { topic, longest, words }, note = "") {
  const again = (text) => draw(box, { topic, longest, words }, text);
  const stops = stored();
  const button = (label, action) => el("button", { type: "button", class: "ll-button", onclick: action }, label);
  const add = () => {
    if (stops.length >= MOST) return again(words.full.replace("{n}", MOST));
    const kept = keep([...stops, state(topic, longest)]);
    again(kept ? words.added.replace("{n}", stops.length + 1) : words.failed);
  };
  const whole = !stops.length ? [] : [
    button(words.download.replace("{n}", stops.length), () => download(toml(stored(), words), words.file)),
    button(words.clear, () => {
      keep([]);
      again("");
    }),
  ];
  box.root.replaceChildren(button(words.add, add), ...whole, el("span", { role: "status" }, note));
}

function state(topic, longest) {
  const set = {};
  for (const [name, value] of new URL(location.href).searchParams) {
    if (!FRAME.includes(name) && value.length <= LONGEST) set[name] = value;
  }
  return { topic, set, say: [...document.title.replace(/ · Logit Lab$/, "")].slice(0, longest).join("") };
}

// What is stored may have been changed by anything in this browser, so only known shapes are kept.
function stored() {
  try {
    const stops = JSON.parse(localStorage.getItem(STORE) || "[]");
    return stops.filter((stop) => typeof stop.topic === "string" && typeof stop.say === "string" && stop.set).slice(0, MOST);
  } catch {
    return [];
  }
}

function keep(stops) {
  try {
    localStorage.setItem(STORE, JSON.stringify(stops));
    return true;
  } catch {
    return false;
  }
}

// JSON's escapes are those of TOML's basic strings, except that TOML also escapes DEL.
const text = (value) => JSON.stringify(String(value)).replaceAll("\x7f", "\\u007f");

function toml(stops, words) {
  const lines = [`title = ${text(words.title)}`, `languages = [${text(words.language)}]`];
  for (const { topic, set, say } of stops) {
    const pairs = Object.entries(set).map(([name, value]) => `${text(name)} = ${text(value)}`);
    lines.push("", "[[stops]]", `topic = ${text(topic)}`, `set = {${pairs.join(", ")}}`, `say = ${text(say)}`, `notes = ""`);
  }
  return `${lines.join("\n")}\n`;
}

function download(content, name) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/toml" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
