"""Controls, each declared once: key, bounds or options, default, label, help.

A topic lists its controls in `pages/<topic>/controls.py`. Everything else reads the declaration:
drawing, the value (drawn or not), the URL, scenarios, downloads, what the browser may send, and the
generated test. Nothing else spells a key or a default.

The value lies in `st.session_state[key]` in a form that the URL can hold too (its *stored* form);
`value` gives it as Python uses it: the session's, else the URL's, else the default, always cleaned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import streamlit as st

from charts.i18n import N_, _, translated
from ui.fast_path import once
from ui.live import mount
from ui.values import assign, start

LONGEST_TEXT = 100_000  # characters that a text box takes from the browser; models cut far earlier
LONGEST_IN_URL = 1_500  # characters of one parameter: servers and messengers cut longer addresses

T = TypeVar("T")
Words = str | Callable[[], str]
Bound = float | Callable[[], float]


def said(words: Words) -> str:
    """Return a text marked with `N_` in the visitor's language, or call what makes it."""
    return translated(words) if isinstance(words, str) else words()


def _number(bound: Bound) -> float:
    return bound if isinstance(bound, (int, float)) else bound()


@dataclass(frozen=True, slots=True, eq=False)
class Control(Generic[T]):
    """What all controls declare.

    Attributes:
        key: Name in the session and in the URL; unique in the whole app, never renamed.
        label: What the visitor reads beside it, marked with `N_`.
        help: One sentence in a bubble.
        when: Whether the rail shows it now; it keeps its value while it is not shown.
        on_change: Called after the visitor has changed it and before the view is drawn: it may set
            other controls.
    """

    key: str
    label: Words
    help: Words = field(default="", kw_only=True)
    when: Callable[[], bool] | None = field(default=None, kw_only=True)
    on_change: Callable[[], None] | None = field(default=None, kw_only=True)

    def clean(self, raw: Any) -> Any:
        """Return the stored form of whatever came from a link or a browser; None for nonsense."""
        raise NotImplementedError

    @property
    def initial(self) -> Any:
        """The default in its stored form."""
        raise NotImplementedError

    def decode(self, stored: Any) -> T:
        """Turn the stored form into the value."""
        return stored

    def encode(self, value: Any) -> Any:
        """Turn a value into the stored form; nonsense becomes the default."""
        cleaned = self.clean(value)
        return self.initial if cleaned is None else cleaned

    @property
    def stored(self) -> Any:
        """The current value in its stored form, read once for each time a view is drawn."""
        return once(self.key, lambda: start(self.key, self.initial, self.clean))

    @property
    def value(self) -> T:
        """The current value: the session's, else the URL's, else the default."""
        return self.decode(self.stored)

    def set(self, value: Any) -> None:
        """Change the value. For callbacks: it must run before the view is drawn."""
        assign(self.key, self.encode(value))

    def reset(self) -> None:
        """Return to the default. For callbacks."""
        assign(self.key, self.initial)

    @property
    def parameter(self) -> str | None:
        """The value as the URL spells it; None at the default and where it would be too long."""
        untouched = st.session_state.get(self.key) is None
        if untouched and self.key not in once("query", st.query_params.to_dict):
            return None  # without asking for bounds, which may need a model
        stored = self.stored
        if stored == self.initial:
            return None
        text = f"{stored:.10g}" if isinstance(stored, float) else str(stored)
        return text if len(text) <= LONGEST_IN_URL else None

    def draw(self) -> T:
        """Draw the control where the page stands now; return the value."""
        raise NotImplementedError

    def _receive(self, raw: Any) -> Any:
        """Clean what the browser sends; run `on_change` where it is another value."""
        cleaned = self.clean(raw)
        if self.on_change is not None and cleaned is not None and cleaned != self.stored:
            assign(self.key, cleaned)
            self.on_change()
        return cleaned

    def _mount(self, module: str, message: dict[str, Any], place: str = "") -> None:
        common = {"label": said(self.label), "help": said(self.help), "value": self.stored}
        mount(module, self.key, common | message, self._receive, place)


@dataclass(frozen=True, slots=True, eq=False)
class Slider(Control[float]):
    """A number that Python follows while it is dragged.

    Attributes:
        low: Lowest value; a bound may be a function of other controls' values.
        high: Highest value.
        default: Where it starts.
        step: Distance between neighboring values.
        scale: "linear", or "log" for long ranges (0 keeps its place).
        words: Words shown in place of single values, as `{0: N_("off")}`.
        reach: The highest value at the moment, such as the number of tokens of a text. Unlike
            `high` it may be expensive: it is computed only where the slider is drawn or its value
            is used. A larger stored value counts as `reach()`; it is kept for longer texts.
    """

    low: Bound = 0.0
    high: Bound = 1.0
    default: Bound = 0.0
    step: float = 0.01
    scale: str = field(default="linear", kw_only=True)
    words: Mapping[float, Words] | Callable[[], Mapping[float, str]] | None = field(
        default=None, kw_only=True
    )
    reach: Callable[[], float] | None = field(default=None, kw_only=True)

    @property
    def end(self) -> float:
        """Where the slider ends now."""
        high = _number(self.high)
        return high if self.reach is None else min(high, max(_number(self.low), self.reach()))

    def clean(self, raw: Any) -> float | None:
        """Return a finite number within the bounds."""
        try:
            number = float(raw)
        except (TypeError, ValueError, OverflowError):
            return None
        if not math.isfinite(number):
            return None
        return min(max(number, float(_number(self.low))), float(_number(self.high)))

    @property
    def initial(self) -> float:
        """The default, moved into the bounds."""
        default = _number(self.default)
        cleaned = self.clean(default)
        return default if cleaned is None else cleaned

    def decode(self, stored: float) -> float:
        """Return the value, at most where the slider ends now."""
        return stored if self.reach is None else min(stored, self.end)

    def draw(self) -> float:
        """Draw the slider."""
        words = (
            self.words if self.words is None or isinstance(self.words, Mapping) else self.words()
        )
        digits = 0 if float(self.step).is_integer() else -math.floor(math.log10(self.step) + 1e-9)
        self._mount(
            "slider",
            {
                "min": _number(self.low),
                "max": self.end,
                "value": self.value,
                "step": self.step,
                "scale": self.scale,
                "digits": max(0, digits),
                "words": {f"{k:g}": said(v) for k, v in words.items()} if words else None,
            },
        )
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class IntSlider(Slider):
    """A slider of whole numbers."""

    high: Bound = 10
    step: float = 1

    def clean(self, raw: Any) -> int | None:
        """Return a whole number within the bounds."""
        number = Slider.clean(self, raw)
        return None if number is None else round(number)

    @property
    def value(self) -> int:
        """The current value."""
        return round(self.decode(self.stored))

    def draw(self) -> int:
        """Draw the slider."""
        Slider.draw(self)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Text(Control[str]):
    """A text box that Python follows while the visitor types; it grows with the text.

    Attributes:
        default: Its first text.
        rows: Lines shown at least.
        placeholder: Shown while it is empty.
        note: A short line under the box.
        longest: Characters kept; the rest is cut.
    """

    default: str = ""
    rows: int = field(default=1, kw_only=True)
    placeholder: Words = field(default="", kw_only=True)
    note: Words = field(default="", kw_only=True)
    longest: int = field(default=LONGEST_TEXT, kw_only=True)

    def clean(self, raw: Any) -> str | None:
        """Return the text, cut, with "?" for lone surrogates, which no tokenizer can take."""
        if not isinstance(raw, str):
            return None
        return raw[: self.longest].encode("utf-8", "replace").decode("utf-8")

    @property
    def initial(self) -> str:
        """The first text."""
        return self.default

    def draw(self) -> str:
        """Draw the box."""
        extra = {"rows": self.rows, "placeholder": said(self.placeholder), "note": said(self.note)}
        self._mount("text", extra)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class _OneOf(Control[T], Generic[T]):
    """Buttons, menus and switches: one component in the browser."""

    def _draw(self, kind: str, options: Mapping[str, str], hide_label: bool = False) -> None:
        extra = {"kind": kind, "options": list(options.items()), "hideLabel": hide_label}
        if kind == "tabs":
            extra["live"] = ""  # another view has another structure: no fast path leads there
        self._mount("choice", extra)


Options = Mapping[str, Words] | Callable[[], Mapping[str, Words]]


def _options(options: Options) -> Mapping[str, Words]:
    return options if isinstance(options, Mapping) else options()


@dataclass(frozen=True, slots=True, eq=False)
class Choice(_OneOf[str]):
    """One of a few.

    Attributes:
        options: Name (kept in the URL, never translated) to what the visitor reads.
        default: The name chosen at first; "" is the first option.
        kind: "segments" (buttons), "menu" (more than about five options) or "tabs".
        hide_label: Whether only a screen reader gets the label.
    """

    options: Options = field(default_factory=dict)
    default: Words = ""
    kind: str = field(default="segments", kw_only=True)
    hide_label: bool = field(default=False, kw_only=True)

    @property
    def names(self) -> Mapping[str, str]:
        """The options as the visitor reads them."""
        return {name: said(words) for name, words in _options(self.options).items()}

    def clean(self, raw: Any) -> str | None:
        """Return the name if it is one of the options."""
        return raw if isinstance(raw, str) and raw in _options(self.options) else None

    @property
    def initial(self) -> str:
        """The name chosen at first."""
        default = self.default if isinstance(self.default, str) else self.default()
        return default or next(iter(_options(self.options)))

    def draw(self) -> str:
        """Draw the buttons or the menu."""
        self._draw(self.kind, self.names, self.hide_label)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Choices(_OneOf[list[str]]):
    """Several of a few: buttons that stay down. The value keeps the options' order."""

    options: Options = field(default_factory=dict)
    default: Sequence[str] = ()
    hide_label: bool = field(default=False, kw_only=True)

    def clean(self, raw: Any) -> str | None:
        """Return the known names of "a,b" or of a list, in the options' order."""
        if isinstance(raw, (list, tuple)):
            raw = ",".join(str(name) for name in raw)
        if not isinstance(raw, str):
            return None
        names = raw.split(",")
        known = ",".join(name for name in _options(self.options) if name in names)
        return known if known or not raw else None

    @property
    def initial(self) -> str:
        """The names chosen at first, as "a,b"."""
        return ",".join(name for name in _options(self.options) if name in self.default)

    def decode(self, stored: str) -> list[str]:
        """Return the chosen names."""
        return [name for name in stored.split(",") if name]

    @property
    def names(self) -> Mapping[str, str]:
        """The options as the visitor reads them."""
        return {name: said(words) for name, words in _options(self.options).items()}

    def draw(self) -> list[str]:
        """Draw the buttons."""
        self._draw("several", self.names, self.hide_label)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Switch(_OneOf[bool]):
    """Yes or no; "1" or "0" in the session and the URL."""

    default: bool = False

    def clean(self, raw: Any) -> str | None:
        """Return "1" or "0"."""
        known = {"1": "1", "0": "0", True: "1", False: "0"}
        return known.get(raw) if isinstance(raw, (str, bool)) else None

    @property
    def initial(self) -> str:
        """The default as "1" or "0"."""
        return "1" if self.default else "0"

    def decode(self, stored: str) -> bool:
        """Return whether it is on."""
        return stored == "1"

    def draw(self) -> bool:
        """Draw the switch."""
        self._draw("switch", {})
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Stepper(Control[int]):
    """First, back, play, forward, last; the arrow keys.

    How many steps there are is often known only after a computation, so `draw` and `within` take
    the count; the stored step may lie beyond it and is kept for when there are more again.

    Attributes:
        default: Where it stands at first.
        unit: What one step is called beside the buttons.
        first: The number of the first step there: 1 where every step is one of the things that are
            counted, 0 where the first is the state before any.
        interval_ms: Between two steps while it plays.
    """

    default: int = 0
    unit: Words = field(default=N_("step"), kw_only=True)
    first: int = field(default=0, kw_only=True)
    interval_ms: int = field(default=700, kw_only=True)

    def clean(self, raw: Any) -> int | None:
        """Return a whole number from 0 on."""
        try:
            return min(max(int(float(raw)), 0), 10**6)
        except (TypeError, ValueError, OverflowError):
            return None

    @property
    def initial(self) -> int:
        """Where it stands at first."""
        return self.default

    def within(self, count: int) -> int:
        """Return the step where there are `count` of them."""
        return min(self.value, max(0, count - 1))

    def draw(self, count: int = 1) -> int:
        """Draw the buttons for `count` steps; return the step, 0 … count - 1."""
        self._mount(
            "stepper",
            {
                "count": max(1, count),
                "interval": self.interval_ms,
                "value": self.within(count),
                "first": self.first,
                "words": {
                    "first": _("First step"),
                    "back": _("One step back (left arrow)"),
                    "play": _("Play or pause"),
                    "forward": _("One step forward (right arrow)"),
                    "last": _("Last step"),
                    "where": _("{name} {step} of {last}"),
                    "name": said(self.unit),
                },
            },
        )
        return self.within(count)


@dataclass(frozen=True, slots=True)
class Series:
    """One distribution of `Bars`: its name, color token and first values (they sum to 1)."""

    name: str
    color: str
    values: Sequence[float]


Rows = list[list[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Bars(Control[Rows]):
    """Distributions edited by dragging their bars (or by arrow keys); each row sums to 1.

    A bar takes the height that it is given; the other outcomes of its distribution share the rest
    in their old proportions. Stored as text in thousandths: "664,199,105,32;250,250,250,250".

    Attributes:
        outcomes: Names of the outcomes.
        series: The distributions, with their first values.
        height: Pixels.
        place: Editors with different keys that take turns at one place become each other without
            a blank frame.
    """

    outcomes: Sequence[str] = ()
    series: Sequence[Series] = ()
    height: int = field(default=300, kw_only=True)
    place: str = field(default="", kw_only=True)

    def clean(self, raw: Any) -> str | None:
        """Return the text of rows that have this shape and a positive sum."""
        rows = raw if isinstance(raw, list) else _rows_of(raw)
        if rows is None or not _fits(rows, len(self.series), len(self.outcomes)):
            return None
        # A text stays as it is: rounding it again would change it.
        return raw if isinstance(raw, str) else bars_text(rows)

    @property
    def initial(self) -> str:
        """The first values as text."""
        return bars_text([row.values for row in self.series])

    def decode(self, stored: str) -> Rows:
        """Return a row for each series, a probability for each outcome."""
        return [[value / sum(row) for value in row] for row in _rows_of(stored) or []]

    def draw(self) -> Rows:
        """Draw the bars."""
        rows = self.value
        series = [
            {"name": row.name, "color": row.color, "values": values}
            for row, values in zip(self.series, rows, strict=True)
        ]
        extra = {"labels": list(self.outcomes), "series": series, "height": self.height}
        self._mount("bars", extra, self.place)
        return rows


def bars_text(rows: Sequence[Sequence[float]]) -> str:
    """Return rows of weights as the text that `Bars` stores: thousandths, "," and ";"."""
    scaled = [[1000 * value / (sum(row) or 1) for value in row] for row in rows]
    return ";".join(",".join(f"{value:.4g}" for value in row) for row in scaled)


def _rows_of(raw: Any) -> Rows | None:
    if not isinstance(raw, str) or len(raw) > 2000:
        return None
    try:
        return [[float(value) for value in row.split(",")] for row in raw.split(";")]
    except ValueError:
        return None


def _fits(rows: Any, count: int, outcomes: int) -> bool:
    return (
        isinstance(rows, list)
        and len(rows) == count
        and all(
            isinstance(row, list)
            and len(row) == outcomes
            and all(isinstance(v, (int, float)) and math.isfinite(v) and v >= 0 for v in row)
            and 0 < sum(row) < math.inf
            for row in rows
        )
    )
