// Resolves color tokens by the table of charts/theme.py (served as theme.json).
let table = null;

export async function loadTheme(base) {
  if (!table) table = await (await fetch(new URL("theme.json", base))).json();
  return table;
}

// Detect Streamlit's theme by its background color.
export function modeOf(element) {
  const color = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const [r, g, b] = rgb(color || "#ffffff");
  return 0.299 * r + 0.587 * g + 0.114 * b < 128 ? "dark" : "light";
}

export function palette(mode) {
  return table[mode].palette;
}

export function rgb(color) {
  if (color.startsWith("#")) {
    const hex = color.length === 4 ? color.replace(/[0-9a-f]/gi, "$&$&") : color;
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }
  return (color.match(/[\d.]+/g) || [255, 255, 255]).slice(0, 3).map(Number);
}

// The color at t in [0, 1] of a scale, and a text color that is readable on it.
export function shade(t, mode, scale = "@sequential") {
  const stops = table[mode].scales[scale];
  const x = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(x));
  const a = rgb(stops[i][1]);
  const b = rgb(stops[i + 1][1]);
  const mix = a.map((v, j) => Math.round(v + (b[j] - v) * (x - i)));
  return { ground: `rgb(${mix.join(",")})`, ink: inkOn(mix) };
}

export function inkOn([r, g, b]) {
  const linear = [r, g, b].map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return luminance > 0.179 ? "#000000" : "#ffffff"; // both colors reach a contrast of 4.5:1 at this luminance
}

export function resolve(spec, mode) {
  const { layout: base, palette: colors, scales } = table[mode];
  const skip = new Set(table.textKeys);
  const walk = (value, key) => {
    if (skip.has(key) || ArrayBuffer.isView(value)) return value;
    if (typeof value === "string") {
      if (key === "colorscale" && scales[value]) return scales[value];
      return colors[value] || value;
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, ""));
    if (value && typeof value === "object") {
      const out = {};
      for (const k of Object.keys(value)) out[k] = walk(value[k], k);
      return out;
    }
    return value;
  };
  const under = { ...base };
  for (const name of Object.keys(spec.layout || {})) {
    if (/^[xy]axis\d/.test(name)) under[name] = base[name.slice(0, 5)];
  }
  return {
    data: spec.data.map((trace) => walk(trace, "")),
    layout: merge(under, walk(spec.layout || {}, "")),
  };
}

function merge(base, over) {
  const out = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const plain = value && typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);
    out[key] = plain && base[key] && typeof base[key] === "object" ? merge(base[key], value) : structuredCopy(value);
  }
  // Plotly modifies its layout argument, so copy everything that comes from the table.
  for (const key of Object.keys(out)) if (out[key] === base[key]) out[key] = structuredCopy(base[key]);
  return out;
}

function structuredCopy(value) {
  return value && typeof value === "object" ? structuredClone(value) : value;
}
