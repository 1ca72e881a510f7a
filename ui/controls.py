"""Controls, each declared once: key, bounds or options, default, label, help.

A topic lists its controls in `pages/<topic>/controls.py`. Everything else reads this declaration:
drawing, reading the value (whether or not the control is drawn), the URL, scenarios, downloads,
validation of browser messages, and the generated test. No other code repeats a key or a default.

The value is kept in `st.session_state[key]` in a form that the URL can also hold (its *stored*
form). `value` decodes it: the session's value, else the URL's, else the default, always validated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import streamlit as st

from charts.i18n import N_, _, translated
from ui.fast_path import once
from ui.live import mount
from ui.values import assign, start

LONGEST_TEXT = 100_000  # characters accepted from a text box; models truncate much earlier
LONGEST_IN_URL = 1_500  # characters of one parameter; servers and chat apps truncate longer URLs

T = TypeVar("T")
Words = str | Callable[[], str]
Bound = float | Callable[[], float]


def said(words: Words) -> str:
    """Return a text marked with `N_` in the visitor's language, or the result of a function."""
    return translated(words) if isinstance(words, str) else words()


def url_text(stored: Any) -> str:
    """Return a control's stored value as the text of a URL parameter."""
    return f"{stored:.10g}" if isinstance(stored, float) else str(stored)


_assumed: ContextVar[Mapping[str, Any] | None] = ContextVar("assumed values", default=None)


@contextmanager
def assuming(values: Mapping[str, Any]) -> Generator[None]:
    """Read controls as if they had these values, by key; None is the default.

    Controls that are not mentioned keep their current values.
    """
    before = _assumed.set(values)
    try:
        yield
    finally:
        _assumed.reset(before)


def _number(bound: Bound) -> float:
    return bound if isinstance(bound, (int, float)) else bound()


@dataclass(frozen=True, slots=True, eq=False)
class Control(Generic[T]):
    """The declaration that all controls share.

    Attributes:
        key: Name in the session and in the URL; unique in the whole app and never renamed.
        label: The visible label, marked with `N_`.
        help: One sentence for the tooltip.
        when: Returns whether the rail shows the control; a hidden control keeps its value.
        on_change: Called after the visitor has changed the value and before the view is drawn, so
            it may set other controls.
    """

    key: str
    label: Words
    help: Words = field(default="", kw_only=True)
    when: Callable[[], bool] | None = field(default=None, kw_only=True)
    on_change: Callable[[], None] | None = field(default=None, kw_only=True)

    def clean(self, raw: Any) -> Any:
        """Return the stored form of a value from a link or a browser; None if it is invalid."""
        raise NotImplementedError

    @property
    def initial(self) -> Any:
        """Return the default in its stored form."""
        raise NotImplementedError

    def decode(self, stored: Any) -> T:
        """Convert the stored form into the value."""
        return stored

    def encode(self, value: Any) -> Any:
        """Convert a value into the stored form; an invalid value becomes the default."""
        cleaned = self.clean(value)
        return self.initial if cleaned is None else cleaned

    @property
    def stored(self) -> Any:
        """Return the current value in its stored form, read once per drawing of a view."""
        assumed = _assumed.get()
        if assumed is not None and self.key in assumed:
            value = assumed[self.key]
            return self.initial if value is None else self.encode(value)
        return once(self.key, lambda: start(self.key, self.initial, self.clean))

    @property
    def value(self) -> T:
        """Return the current value: the session's, else the URL's, else the default."""
        return self.decode(self.stored)

    def set(self, value: Any) -> None:
        """Change the value. Only for callbacks, which run before the view is drawn."""
        assign(self.key, self.encode(value))

    def reset(self) -> None:
        """Restore the default. Only for callbacks, which run before the view is drawn."""
        assign(self.key, self.initial)

    @property
    def parameter(self) -> str | None:
        """Return the value as a URL parameter; None if it is the default or too long for a URL."""
        untouched = st.session_state.get(self.key) is None
        if untouched and self.key not in once("query", st.query_params.to_dict):
            return None  # Returning early avoids computing bounds, which may need a model.
        stored = self.stored
        if stored == self.initial:
            return None
        text = url_text(stored)
        return text if len(text) <= LONGEST_IN_URL else None

    def draw(self) -> T:
        """Draw the control at the current place on the page; return its value."""
        raise NotImplementedError

    def _receive(self, raw: Any) -> Any:
        """Validate a value from the browser; run `on_change` if it differs from the current one."""
        cleaned = self.clean(raw)
        if self.on_change is not None and cleaned is not None and cleaned != self.stored:
            assign(self.key, cleaned)
            self.on_change()
        return cleaned

    def _mount(self, module: str, message: dict[str, Any], place: str = "") -> None:
        label, help_text = said(self.label), said(self.help)
        common = {"label": label, "help": help_text, "value": self.stored}
        mount(module, self.key, common | message, self._receive, place)


@dataclass(frozen=True, slots=True, eq=False)
class Slider(Control[float]):
    """A number; the page updates continuously while the slider is dragged.

    Attributes:
        low: Lowest value; a bound may be a function of the values of other controls.
        high: Highest value.
        default: Initial value.
        step: Difference between neighboring values.
        scale: "linear", or "log" for wide ranges (which may include 0).
        words: Texts shown in place of particular values, for example `{0: N_("off")}`.
        reach: The current maximum, such as the number of tokens of a text. Unlike `high` it may be
            expensive to compute, so it is computed only when the slider is drawn or its value is
            used. A larger stored value is kept for longer texts but reads as `reach()`.
        play: Whether a button beside the label moves the slider through its range.
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
    play: bool = field(default=False, kw_only=True)

    @property
    def end(self) -> float:
        """Return the current maximum."""
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
        """Return the default, clipped to the bounds."""
        default = _number(self.default)
        cleaned = self.clean(default)
        return default if cleaned is None else cleaned

    def decode(self, stored: float) -> float:
        """Return the value, at most the current maximum."""
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
                "play": _("Play or pause") if self.play else None,
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
        """Return the current value."""
        return round(self.decode(self.stored))

    def draw(self) -> int:
        """Draw the slider."""
        Slider.draw(self)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Text(Control[str]):
    """A text box; the page updates while the visitor types, and the box grows with the text.

    Attributes:
        default: Initial text.
        rows: Minimum number of visible lines.
        placeholder: Shown while the box is empty.
        note: A short line under the box.
        longest: Maximum number of characters; longer texts are truncated.
    """

    default: str = ""
    rows: int = field(default=1, kw_only=True)
    placeholder: Words = field(default="", kw_only=True)
    note: Words = field(default="", kw_only=True)
    longest: int = field(default=LONGEST_TEXT, kw_only=True)

    def clean(self, raw: Any) -> str | None:
        """Return the truncated text, with "?" for lone surrogates, which tokenizers reject."""
        if not isinstance(raw, str):
            return None
        return raw[: self.longest].encode("utf-8", "replace").decode("utf-8")

    @property
    def initial(self) -> str:
        """Return the initial text."""
        return self.default

    def draw(self) -> str:
        """Draw the box."""
        extra = {
            "rows": self.rows,
            "placeholder": said(self.placeholder),
            "note": said(self.note),
        }
        self._mount("text", extra)
        return self.value


Options = Mapping[str, Words] | Callable[[], Mapping[str, Words]]


def _options(options: Options) -> Mapping[str, Words]:
    return options if isinstance(options, Mapping) else options()


@dataclass(frozen=True, slots=True, eq=False)
class _OneOf(Control[T], Generic[T]):
    """Base of buttons, menus and switches, which share one browser component.

    Attributes:
        options: Maps each name (used in the URL, never translated) to its visible label.
    """

    options: Options = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, str]:
        """Return the visible label of each option."""
        return {name: said(words) for name, words in _options(self.options).items()}

    def _draw(self, kind: str, hide_label: bool = False) -> None:
        extra = {"kind": kind, "options": list(self.names.items()), "hideLabel": hide_label}
        if kind == "tabs":
            extra["live"] = ""  # Another view has other elements, so the fast path does not apply.
        self._mount("choice", extra)


@dataclass(frozen=True, slots=True, eq=False)
class Choice(_OneOf[str]):
    """A choice of one option out of a few.

    Attributes:
        default: The name that is selected initially; "" selects the first option.
        kind: "segments" (buttons), "menu" (more than about five options) or "tabs".
        hide_label: Whether the label is for screen readers only.
    """

    default: Words = ""
    kind: str = field(default="segments", kw_only=True)
    hide_label: bool = field(default=False, kw_only=True)

    def clean(self, raw: Any) -> str | None:
        """Return the name if it is one of the options."""
        return raw if isinstance(raw, str) and raw in _options(self.options) else None

    @property
    def initial(self) -> str:
        """Return the name that is selected initially."""
        default = self.default if isinstance(self.default, str) else self.default()
        return default or next(iter(_options(self.options)))

    def draw(self) -> str:
        """Draw the buttons or the menu."""
        self._draw(self.kind, self.hide_label)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Choices(_OneOf[list[str]]):
    """A choice of any number of options: toggle buttons. The value is in the options' order."""

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
        """Return the names that are selected initially, as "a,b"."""
        return ",".join(name for name in _options(self.options) if name in self.default)

    def decode(self, stored: str) -> list[str]:
        """Return the selected names."""
        return [name for name in stored.split(",") if name]

    def draw(self) -> list[str]:
        """Draw the buttons."""
        self._draw("several", self.hide_label)
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Switch(_OneOf[bool]):
    """An on/off switch, stored as "1" or "0" in the session and the URL."""

    options: Options = field(default_factory=dict, init=False)
    default: bool = False

    def clean(self, raw: Any) -> str | None:
        """Return "1" or "0"."""
        known = {"1": "1", "0": "0", True: "1", False: "0"}
        return known.get(raw) if isinstance(raw, (str, bool)) else None

    @property
    def initial(self) -> str:
        """Return the default as "1" or "0"."""
        return "1" if self.default else "0"

    def decode(self, stored: str) -> bool:
        """Return whether the switch is on."""
        return stored == "1"

    def draw(self) -> bool:
        """Draw the switch."""
        self._draw("switch")
        return self.value


@dataclass(frozen=True, slots=True, eq=False)
class Stepper(Control[int]):
    """Buttons that step through a sequence: first, back, play, forward, last; also the arrow keys.

    The number of steps is often known only after a computation, so `draw` and `within` take it as
    an argument. A stored step beyond the end is kept in case the sequence grows again.

    Attributes:
        default: Initial step.
        unit: Name of one step, shown beside the buttons.
        first: Displayed number of the first step: 1 if every step is one of the counted items, 0
            if the first step is the state before any of them.
        interval_ms: Time between two steps during playback.
    """

    default: int = 0
    unit: Words = field(default=N_("step"), kw_only=True)
    first: int = field(default=0, kw_only=True)
    interval_ms: int = field(default=700, kw_only=True)

    def clean(self, raw: Any) -> int | None:
        """Return a non-negative whole number."""
        try:
            return min(max(int(float(raw)), 0), 10**6)
        except (TypeError, ValueError, OverflowError):
            return None

    @property
    def initial(self) -> int:
        """Return the initial step."""
        return self.default

    def within(self, count: int) -> int:
        """Return the step, at most `count` - 1."""
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
                    "none": _("nothing to step"),
                    "name": said(self.unit),
                },
            },
        )
        return self.within(count)
