// Asks Python to run again, at a pace that it can keep: the next tick waits for the last reply.
// Where nothing runs, nothing is asked; a hidden tab rests.
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
