// Copies the URL, which contains the whole state of the page.
import { el, remembered } from "./live.js";
import { unpack } from "./wire.js";

const links = new WeakMap();

export default function mount(component) {
  const link = remembered(links, component.parentElement, () => {
    const button = el("button", { type: "button", class: "ll-button" });
    component.parentElement.replaceChildren(button);
    return { button };
  });
  const { words } = unpack(component.data);
  link.button.textContent = words.copy;
  link.button.onclick = async () => {
    const copied = await copy(location.href);
    link.button.textContent = copied ? words.copied : words.failed;
    setTimeout(() => (link.button.textContent = words.copy), 2000);
  };
}

// navigator.clipboard exists only on https and localhost; plain http needs document.execCommand.
export async function copy(text, place = document.body) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { style: "position:fixed;opacity:0" });
    area.value = text;
    place.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
