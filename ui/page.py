"""How a page describes itself: plain declarations, drawn by `ui.layout`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

from charts.i18n import N_
from ui.controls import Choice, Control, Words

Draw = Callable[[], None]
#: What a download holds: the header, and rows of numbers and texts.
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class State:
    """A state of a page: its open view and the values that differ from the defaults."""

    view: str
    values: Mapping[str, Any]


def state(view: str = "", **values: Any) -> State:
    """Describe a state: what it does not name goes to its default.

    Args:
        view: Name of the view that is opened; "" leaves the one that is open.
        values: Value of a control, by its name in the topic's `controls.py`; for a mapping of
            controls, a mapping of values.
    """
    return State(view, values)


@dataclass(frozen=True, slots=True)
class Scenario:
    """An example: a teaching state, and the note that stays in sight while it is shown."""

    label: str
    state: State
    help: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One "Try this": a state, and a sentence that says what to look at."""

    label: str
    look: str
    state: State


@dataclass(frozen=True, slots=True)
class More:
    """Controls that are collapsed until the visitor asks for them."""

    controls: Sequence[Control[Any] | Draw]
    label: Words = ""

    def __init__(self, *controls: Control[Any] | Draw, label: Words = "") -> None:
        """`controls` are drawn in this order once the section is open."""
        object.__setattr__(self, "controls", controls)
        object.__setattr__(self, "label", label)


@dataclass(frozen=True, slots=True)
class View:
    """One of a page's figures with its controls.

    Attributes:
        name: Its name in the URL.
        label: What its tab says.
        draw: Draws the figure (inside `ui.figure()`), then numbers, tables and notes.
        controls: What the rail shows, in this order: controls, `More(...)`, or a function that
            draws something else there (an upload box, buttons).
    """

    name: str
    label: str
    draw: Draw
    controls: Sequence[Control[Any] | More | Draw] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A function or class of `core` whose code the page shows, and the paper it follows."""

    thing: Any
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Pitfall:
    """A mistake that people really make, in words; `draw` shows it happening."""

    title: str
    text: str
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A table to download; `make` runs on the click, with the state of that moment."""

    label: str
    filename: str
    make: Callable[[], Table]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page; see the parts above. `controls` is the topic's module of controls."""

    topic: str
    title: str
    summary: str
    views: Sequence[View]
    controls: ModuleType | SimpleNamespace
    scenarios: Sequence[Scenario] = ()
    experiments: Sequence[Experiment] = ()
    sources: Sequence[Source] = ()
    pitfalls: Sequence[Pitfall] = ()
    downloads: Sequence[Download] = field(default=())

    @property
    def view(self) -> Choice:
        """The control that says which view is open."""
        options = {view.name: view.label for view in self.views}
        return Choice(view_key(self.topic), N_("View"), options, kind="tabs", hide_label=True)

    @property
    def shown_note(self) -> Choice:
        """The control that says which example or experiment was chosen last."""
        names = ["", *(f"s{i}" for i in range(len(self.scenarios)))]
        names += [f"e{i}" for i in range(len(self.experiments))]
        return Choice(f"{self.topic}_note", "", dict.fromkeys(names, ""))

    def all_controls(self) -> list[Control[Any]]:
        """Every control of the page, those of the frame last."""
        own = [control for _name, control in _flat(named_controls(self.controls))]
        return [*own, self.view, self.shown_note]


Named = Mapping[str, Control[Any] | Mapping[Hashable, Control[Any]]]


def named_controls(module: ModuleType | SimpleNamespace) -> Named:
    """The controls that a module declares, by name; families of controls are mappings."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if isinstance(thing, Control)
        or (
            isinstance(thing, Mapping)
            and thing
            and all(isinstance(control, Control) for control in thing.values())
        )
    }


def _flat(named: Named) -> Iterator[tuple[str, Control[Any]]]:
    for name, thing in named.items():
        if isinstance(thing, Control):
            yield name, thing
        else:
            yield from ((f"{name}[{key!r}]", control) for key, control in thing.items())


def enter(page: Page, wanted: State, note: str = "") -> None:
    """Put a page into a state. For callbacks.

    Raises:
        ValueError: The state names a control or a view that the page does not have.
    """
    named = named_controls(page.controls)
    unknown = sorted(set(wanted.values) - set(named))
    if unknown:
        raise ValueError(f"state: {page.topic} has no control {', '.join(unknown)}.")
    # The view first: a control's bounds may depend on which one is open.
    if wanted.view:
        if page.view.clean(wanted.view) is None:
            raise ValueError(f"state: {page.topic} has no view {wanted.view!r}.")
        page.view.set(wanted.view)
    for name, thing in named.items():
        given = wanted.values.get(name)
        inner = {None: thing} if isinstance(thing, Control) else thing
        values = {None: given} if isinstance(thing, Control) else given or {}
        if set(values) - set(inner):
            raise ValueError(f"state: {page.topic}'s {name} has no {set(values) - set(inner)}.")
        for key, control in inner.items():
            if values.get(key) is None:
                control.reset()
            else:
                control.set(values[key])
    page.shown_note.set(note)


def restore(page: Page, parameters: Mapping[str, str]) -> None:
    """Put a page into the state of an address, as its parameters spell it. For callbacks."""
    # The view first: a control's bounds may depend on which one is open.
    for control in (page.view, *page.all_controls()):
        control.set(parameters.get(control.key))


def view_key(topic: str) -> str:
    """Return the key (and URL parameter) that says which view of a page is open."""
    return f"{topic}_view"
