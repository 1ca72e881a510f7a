"""The declarations that describe a page; `ui.layout` draws them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import streamlit as st

from charts.i18n import N_
from ui.controls import Choice, Control, Words

Draw = Callable[[], None]
#: The content of a download: the header, and rows of numbers and texts.
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class State:
    """A state of a page: the open view and the values that differ from the defaults."""

    view: str
    values: Mapping[str, Any]


def state(view: str = "", **values: Any) -> State:
    """Describe a state; every control that it does not mention has its default value.

    Args:
        view: Name of the view to open; "" keeps the current view.
        values: Values of controls, by their names in the topic's `controls.py`; for a mapping of
            controls, a mapping of values.
    """
    return State(view, values)


@dataclass(frozen=True, slots=True)
class Scenario:
    """An example: a state, and a note that is visible while the state is shown."""

    label: str
    state: State
    help: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the visitor answers before an experiment shows the result.

    Predicting first is what makes a demonstration teach (Crouch et al. 2004; Miller et al. 2013).

    Attributes:
        ask: One or two sentences that lead to the answers ("T doubles. The entropy …").
        answers: Two to four continuations.
        outcome: Returns the index of the right answer, and a sentence that says why, with numbers
            that `core` computes. It sees every control as the experiment's state sets it.
        start: The state in which the question is asked; None means the experiment's state.
    """

    ask: str
    answers: Sequence[str]
    outcome: Callable[[], tuple[int, str]]
    start: State | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An entry of "Try this": a state, and a sentence that says what to observe.

    With a question, the visitor predicts first; the answer opens the state.
    """

    label: str
    look: str
    state: State
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class More:
    """Controls in a section that is initially collapsed."""

    controls: Sequence[Control[Any] | Draw]
    label: Words = ""

    def __init__(self, *controls: Control[Any] | Draw, label: Words = "") -> None:
        """Store the controls; they are drawn in this order while the section is open."""
        object.__setattr__(self, "controls", controls)
        object.__setattr__(self, "label", label)


@dataclass(frozen=True, slots=True)
class View:
    """A tab of a page: a figure with its controls.

    Attributes:
        name: Name in the URL.
        label: Label of the tab.
        draw: Draws the figure (inside `ui.figure()`), then numbers, tables and notes.
        controls: Content of the rail, in order: controls, `More(...)`, or functions that draw
            other elements (a file uploader, buttons).
    """

    name: str
    label: str
    draw: Draw
    controls: Sequence[Control[Any] | More | Draw] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A function or class of `core` whose source code the page shows, and its paper."""

    thing: Any
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Pitfall:
    """A common mistake and its explanation; `draw` demonstrates it."""

    title: str
    text: str
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A table to download; `make` runs when the visitor clicks, with the current state."""

    label: str
    filename: str
    make: Callable[[], Table]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page, made of the parts above; `controls` is the topic's module of controls."""

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
    #: Return the state of the page with a given sentence, one for each view that has a text; the
    #: first is the one in which the page opens with a sentence from another page.
    sentences: Sequence[Callable[[str], State]] = ()

    @property
    def view(self) -> Choice:
        """Return the control that selects the open view."""
        options = {view.name: view.label for view in self.views}
        return Choice(view_key(self.topic), N_("View"), options, kind="tabs", hide_label=True)

    @property
    def shown_note(self) -> Choice:
        """Return the control that records which example or experiment was chosen last."""
        names = ["", *(f"s{i}" for i in range(len(self.scenarios)))]
        names += [f"e{i}" for i in range(len(self.experiments))]
        return Choice(f"{self.topic}_note", "", dict.fromkeys(names, ""))

    @property
    def answer(self) -> Choice:
        """Return the control that records the answer to the experiment's question.

        It is the index of the answer, "shown" if the visitor skipped the prediction, or "".
        """
        return Choice(f"{self.topic}_answer", "", dict.fromkeys(("", *"0123", "shown"), ""))

    def all_controls(self) -> list[Control[Any]]:
        """Return all controls of the page, those of the frame last."""
        own = list(_flat(named_controls(self.controls)))
        return [*own, self.view, self.shown_note, self.answer]


Named = Mapping[str, Control[Any] | Mapping[Hashable, Control[Any]]]


def named_controls(module: ModuleType | SimpleNamespace) -> Named:
    """Return the controls that a module declares, by name; families of controls are mappings."""
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


def _flat(named: Named) -> Iterator[Control[Any]]:
    for thing in named.values():
        yield from [thing] if isinstance(thing, Control) else thing.values()


def choose(page: Page, chosen: Scenario | Experiment, answer: str = "") -> None:
    """Open an example, ask an experiment's question, or show its answer. Only for callbacks."""
    if isinstance(chosen, Scenario):
        name, wanted = f"s{list(page.scenarios).index(chosen)}", chosen.state
    else:
        name, wanted = f"e{list(page.experiments).index(chosen)}", chosen.state
        if chosen.question is not None and not answer:
            wanted = chosen.question.start or wanted
    enter(page, wanted, name, answer)


def enter(page: Page, wanted: State, note: str = "", answer: str = "") -> None:
    """Put a page into a state, which is one act in the browser's history. Only for callbacks.

    Raises:
        ValueError: The state names a control or a view that the page does not have.
    """
    if wanted.view and page.view.clean(wanted.view) is None:
        raise ValueError(f"state: {page.topic} has no view {wanted.view!r}.")
    pairs = list(_assigned(page, wanted))
    # Set the view first, because the bounds of a control may depend on it.
    if wanted.view:
        page.view.set(wanted.view)
    for control, value in pairs:
        control.reset() if value is None else control.set(value)
    page.shown_note.set(note)
    page.answer.set(answer)
    st.session_state[f"{page.topic}·act"] = acts(page) + 1


def acts(page: Page) -> int:
    """Return how often `enter` has changed the page's state in this session."""
    return int(st.session_state.get(f"{page.topic}·act", 0))


def values_in(page: Page, wanted: State) -> dict[str, Any]:
    """Return the value of each of the page's controls in a state by key; None is the default."""
    values = {control.key: value for control, value in _assigned(page, wanted)}
    return values | ({page.view.key: wanted.view} if wanted.view else {})


def _assigned(page: Page, wanted: State) -> Iterator[tuple[Control[Any], Any]]:
    """Yield each control with its value in a state; None is the default."""
    named = named_controls(page.controls)
    unknown = sorted(set(wanted.values) - set(named))
    if unknown:
        raise ValueError(f"state: {page.topic} has no control {', '.join(unknown)}.")
    for name, thing in named.items():
        value = wanted.values.get(name)
        inner = {None: thing} if isinstance(thing, Control) else thing
        values = {None: value} if isinstance(thing, Control) else value or {}
        if set(values) - set(inner):
            raise ValueError(f"state: {page.topic}'s {name} has no {set(values) - set(inner)}.")
        for key, control in inner.items():
            yield control, values.get(key)


def restore(page: Page, parameters: Mapping[str, str]) -> None:
    """Put a page into the state that URL parameters describe. Only for callbacks."""
    # Set the view first, because the bounds of a control may depend on it.
    for control in (page.view, *page.all_controls()):
        control.set(parameters.get(control.key))


def view_key(topic: str) -> str:
    """Return the key (and URL parameter) of the control that selects a page's view."""
    return f"{topic}_view"
