// Fits the figures of a view: each one is fully visible on the first screen, and on a projector all
// of its contents are enlarged by the same factor.
const LEAST = 0.5; // minimum height, as a fraction of the requested height
const MOST = 1.35;
const NUMBERS_PX = 108; // room for the first line of numbers under the figure
const CONTROL_PX = 130; // room for the first control under the figure on a phone
const SETTLED_MS = 120;
// On a narrow screen only the main figure is visible with the controls; the second follows them.
const PLACES = ".st-key-ll_figure, .st-key-ll_second";
const figures = new Set(); // { root, requested, least, height, apply }
let timer = 0;
let watched = null;

export function presenting() {
  return document.querySelector(".ll-presenter") !== null ||
    Boolean(getComputedStyle(document.documentElement).getPropertyValue("--ll-present"));
}

// The factor by which figures are larger on a projector than on a laptop.
export function scaleNow() {
  return presenting() ? Math.max(1, Math.min(2.2, innerHeight / 640)) : 1;
}

// Fit a figure whenever the layout around it has settled.
export function watch(figure) {
  figures.add(figure);
  const stage = figure.root.closest(".st-key-ll_stage");
  if (stage && stage !== watched) {
    watched = stage;
    observer.disconnect();
    observer.observe(stage);
  }
  settle();
}

const observer = new ResizeObserver(settle);
window.addEventListener("resize", settle);

function settle() {
  clearTimeout(timer);
  timer = setTimeout(fitAll, SETTLED_MS);
}

// The height of a new figure, before the layout around it has settled.
export function firstHeight(figure) {
  const place = figure.root.closest(PLACES);
  if (!place) return alone(figure);
  const top = figure.root.getBoundingClientRect().top + scrolled(figure.root);
  return bounded(figure, innerHeight - top - reserved(place) - 30);
}

function fitAll() {
  const places = new Map();
  for (const figure of figures) {
    if (!figure.root.isConnected) figures.delete(figure);
    else {
      const place = figure.root.closest(PLACES);
      if (place) places.set(place, [...(places.get(place) || []), figure]);
      else if (Math.abs(alone(figure) - figure.height) >= 2) figure.apply(alone(figure));
    }
  }
  for (const [place, members] of places) fitPlace(place, members);
}

// The height of a figure outside of the stage's figure areas.
function alone(figure) {
  if (!presenting()) return figure.requested;
  const top = figure.root.getBoundingClientRect().top + scrolled(figure.root);
  return top < innerHeight ? bounded(figure, innerHeight - top - 12) : figure.requested * scaleNow();
}

// Stacked figures share the remaining height of the screen in proportion to their requested heights.
function fitPlace(place, members) {
  const end = place.getBoundingClientRect().bottom + scrolled(place);
  const room = innerHeight - reserved(place) - end; // free height; negative if too little
  const boxes = members.map((figure) => figure.root.getBoundingClientRect());
  members.forEach((figure, i) => {
    const stacked = members.filter((_, j) => boxes[j].left < boxes[i].right - 4 && boxes[i].left < boxes[j].right - 4);
    const requested = stacked.reduce((sum, other) => sum + other.requested, 0);
    const now = stacked.reduce((sum, other) => sum + other.height, 0);
    const wanted = bounded(figure, ((now + room) * figure.requested) / requested);
    if (Math.abs(wanted - figure.height) >= 2) figure.apply(wanted);
  });
}

function reserved(place) {
  if (narrow()) return place.matches(".st-key-ll_second") ? -1e4 : CONTROL_PX;
  const rest = place.parentElement?.parentElement?.querySelector(".st-key-ll_rest");
  return rest && rest.clientHeight > 20 ? NUMBERS_PX * scaleNow() : 14;
}

function bounded({ requested, least }, room) {
  const scale = scaleNow();
  const most = presenting() ? 10 : narrow() ? 1 : MOST;
  return Math.round(Math.max(least || LEAST * requested, Math.min(requested * scale * most, room)));
}

const narrow = () => innerWidth < 1000;

function scrolled(element) {
  const scroller = element.closest('[data-testid="stMain"]');
  return scroller ? scroller.scrollTop : 0;
}
