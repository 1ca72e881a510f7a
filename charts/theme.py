"""Colors, layout and the small vocabulary in which every chart of the lab is written.

A figure here is a plain dict `{"data": [...], "layout": {...}}`, the JSON form of a Plotly figure:
building one costs microseconds, where `plotly.graph_objects` validates for milliseconds. The tests
validate every chart once through `graph_objects` instead.

Colors are *tokens* ("@p", "@kept", …) until the last moment, so that one specification serves the
light and the dark page, the downloaded picture and the stand-alone HTML. `resolve` turns tokens
into colors in Python; the browser does the same with the same table (`browser_theme`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Literal

Spec = dict[str, Any]
Mode = Literal["light", "dark"]

FONT = (
    '"Source Sans", "Source Sans 3", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", '
    '"Microsoft YaHei", "Noto Color Emoji", sans-serif'
)

#: What a color means, the same on every page. Hues from the Okabe-Ito set, which stays apart
#: under the common forms of color blindness; lightness differs too, so that gray prints survive.
PALETTE: dict[str, dict[Mode, str]] = {
    "@ink": {"light": "#1c2430", "dark": "#e8ecf2"},
    "@muted": {"light": "#5a6675", "dark": "#a3aebd"},
    "@grid": {"light": "#e3e8ee", "dark": "#2d3542"},
    "@paper": {"light": "#ffffff", "dark": "#11161d"},
    "@panel": {"light": "#f4f6f9", "dark": "#1a212b"},
    "@p": {"light": "#0067a8", "dark": "#5ab4f0"},
    "@q": {"light": "#d06000", "dark": "#f5a04e"},
    "@kept": {"light": "#00805f", "dark": "#2fc79c"},
    "@removed": {"light": "#868f9c", "dark": "#5d6877"},
    "@raw": {"light": "#6396c4", "dark": "#3d6f96"},
    "@accent": {"light": "#8a3f8f", "dark": "#d68fd6"},
    "@positive": {"light": "#2166ac", "dark": "#6cb3ee"},
    "@negative": {"light": "#b2182b", "dark": "#f0766f"},
    "@warn": {"light": "#9a6700", "dark": "#e3b341"},
    "@masked": {"light": "#ffffff", "dark": "#11161d"},
}

#: Lines over one another, in order; meanings above come first where a line has one.
CATEGORICAL = ["@p", "@q", "@kept", "@accent", "@negative", "@warn", "@muted", "@raw"]

#: Weights and probabilities: perceptually even steps (OKLab), from the page's ground to its ink.
SEQUENTIAL: dict[Mode, list[str]] = {
    "light": [
        "#f2f9fd", "#c9e6f7", "#9cd2f4", "#6fbcf0", "#4aa3e6",
        "#3a87d0", "#346cb0", "#314f8c", "#2a3865", "#20253f",
    ],
    "dark": [
        "#191d37", "#1f305c", "#1e4680", "#115fa0", "#007aba",
        "#0096cd", "#37b2da", "#6acbe4", "#9fe2ec", "#d6f6f7",
    ],
}  # fmt: skip

#: Signed values: zero in the middle is the page's ground.
DIVERGING: dict[Mode, list[str]] = {
    "light": ["#8e0f24", "#cf5246", "#f0a98f", "#fbe3d6", "#f7f7f7",
              "#f7f7f7", "#d9e8f2", "#97c4df", "#4a8fc2", "#1d5799"],
    "dark": ["#ffb3a3", "#f0766f", "#b54750", "#642f3c", "#222a35",
             "#222a35", "#2a4566", "#3a74ab", "#6cb3ee", "#bfe1ff"],
}  # fmt: skip

SCALES = {"@sequential": SEQUENTIAL, "@diverging": DIVERGING}


def colorscale(name: str, mode: Mode) -> list[list[Any]]:
    """The stops of "@sequential" or "@diverging" as Plotly writes them: [[0, color], …]."""
    colors = SCALES[name][mode]
    return [[i / (len(colors) - 1), color] for i, color in enumerate(colors)]


def base_layout(mode: Mode) -> Spec:
    """The layout that every figure starts from: ground, type, axes, legend, margins."""
    color = {token: by_mode[mode] for token, by_mode in PALETTE.items()}
    axis = {
        "gridcolor": color["@grid"],
        "zerolinecolor": color["@grid"],
        "linecolor": color["@grid"],
        "tickcolor": color["@grid"],
        "title": {"standoff": 8, "font": {"size": 14, "color": color["@muted"]}},
        "tickfont": {"size": 13, "color": color["@ink"]},
        # Measuring labels on every repaint costs ~5 ms for each of these two; charts say their
        # margins instead (`label_margin`).
        "automargin": False,
        "ticklabeloverflow": "allow",
    }
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 14, "color": color["@ink"]},
        "colorway": [color[token] for token in CATEGORICAL],
        "margin": {"l": 56, "r": 16, "t": 24, "b": 44},
        "hoverlabel": {
            "bgcolor": color["@panel"],
            "bordercolor": color["@grid"],
            "font": {"family": FONT, "size": 14, "color": color["@ink"]},
            "align": "left",
        },
        # The browser draws its own legend, cheaper and in the page's type; pictures show this one.
        "showlegend": False,
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 13},
        },
        "xaxis": axis,
        "yaxis": axis,
        "uirevision": "keep",
        "dragmode": "pan",
        "bargap": 0.25,
    }


def merged(base: Spec, over: Spec) -> Spec:
    """`over` laid on `base`, dict by dict; lists and scalars of `over` win. Inputs are kept."""
    result = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


#: Keys whose values may be a visitor's words or numbers: never looked up as tokens.
TEXT_KEYS = frozenset(
    {"text", "hovertext", "customdata", "x", "y", "z", "labels", "ticktext", "name", "ids"}
)


def _resolved(value: Any, mode: Mode, key: str = "") -> Any:
    if key in TEXT_KEYS:
        return value
    if isinstance(value, str):
        if key == "colorscale" and value in SCALES:
            return colorscale(value, mode)
        return PALETTE[value][mode] if value in PALETTE else value
    if isinstance(value, dict):
        return {k: _resolved(v, mode, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_resolved(v, mode) for v in value]
    return value


def resolve(spec: Spec, mode: Mode = "light") -> Spec:
    """A specification with its colors in place and the base layout under its own."""
    layout = spec.get("layout", {})
    base = base_layout(mode)
    for name in layout:
        if name.startswith(("xaxis", "yaxis")) and name not in base:
            base[name] = base[name[:5]]
    return {
        "data": [_resolved(trace, mode) for trace in spec["data"]],
        "layout": merged(base, _resolved(layout, mode)),
    }


def browser_theme() -> Spec:
    """The same tables for the browser: palette, scales, base layouts, by mode."""
    modes: tuple[Mode, Mode] = ("light", "dark")
    return {
        mode: {
            "palette": {token: by_mode[mode] for token, by_mode in PALETTE.items()},
            "scales": {name: colorscale(name, mode) for name in SCALES},
            "layout": base_layout(mode),
        }
        for mode in modes
    } | {"textKeys": sorted(TEXT_KEYS)}


def figure(*traces: Spec, **layout: Any) -> Spec:
    """A specification from traces and layout fields: `figure(trace, xaxis={...})`."""
    return {"data": list(traces), "layout": layout}


def axis(title: str | None = None, **fields: Any) -> Spec:
    """An axis with its name (and unit); further Plotly fields as keywords."""
    return ({"title": {"text": title}} if title else {}) | fields


def label_margin(labels: Sequence[str], *, least: int = 40, most: int = 220) -> int:
    """Pixels to leave beside an axis for its labels (13 px type; wide characters count double)."""
    widths = (
        sum(13 if unicodedata.east_asian_width(c) in "WF" else 7.4 for c in label)
        for label in labels
    )
    return int(min(most, max(least, 14 + max(widths, default=0))))


def escape(text: str) -> str:
    """Text as Plotly must get it to draw it as it stands.

    Plotly reads a few HTML tags and entities in labels and hovers; a visitor's "<b>" is three
    characters, not bold type.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
