// Requests reruns from Python repeatedly; each tick waits for the previous reply. It sends nothing
// while no run is active or the browser tab is hidden.
import { connect, el, LiveChannel, receive, remembered } from "./live.js";

const tickers = new WeakMap();

export default function mount(component) {
  const ticker = remembered(tickers, component.parentElement, () => {
    const root = el("span", { class: "ll-ticker" });
    component.parentElement.replaceChildren(root);
    return { root, channel: new LiveChannel(), timer: 0, count: 0 };
  });
  receive(component, (config) => {
    connect(ticker.channel, component, config);
    ticker.channel.answer(config.seq);
    clearTimeout(ticker.timer);
    if (config.running) schedule(ticker, config.interval);
  });
}

function schedule(ticker, interval) {
  ticker.timer = setTimeout(() => {
    if (!ticker.root.isConnected) return;
    if (document.hidden) return schedule(ticker, 500);
    ticker.channel.push(++ticker.count);
    schedule(ticker, 4000); // in case the reply is lost
  }, interval);
}
