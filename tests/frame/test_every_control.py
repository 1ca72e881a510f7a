"""Every declared control of every page, at its bounds, beyond them and with invalid values.

The tests are generated from the declarations, so a new control is tested as soon as it exists. The
same holds for examples, experiments and downloads.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import pages
from tests.pages import NASTY, NONSENSE, ROOT
from ui import Bars, Choice, Choices, Control, IntSlider, Slider, State, Stepper, Switch, Text
from ui.page import More, Page, View, named_controls

TOPICS = sorted(path.parent.name for path in (ROOT / "pages").glob("*/page.py"))
VIEWS = [(topic, view.name) for topic in TOPICS for view in pages.describe(topic).views]


def shown(view: View) -> Iterator[Control[Any]]:
    """Return the controls in a view's rail."""
    for item in view.controls:
        inner = item.controls if isinstance(item, More) else [item]
        yield from (control for control in inner if isinstance(control, Control))


def extremes(control: Control[Any]) -> list[Any]:
    """Return values at a control's bounds and beyond, as a link or a browser may contain them."""
    if isinstance(control, Slider):
        return ["-1e300", "1e300"]
    if isinstance(control, Choice):
        return list(control.names)[:8]
    if isinstance(control, Choices):
        return ["", ",".join(control.names)]
    if isinstance(control, Switch):
        return ["1", "0"]
    if isinstance(control, Stepper):
        return ["0", "999999"]
    if isinstance(control, Text):
        return [NASTY["empty"], NASTY["script"], NASTY["family"], NASTY["null"]]
    if isinstance(control, Bars):
        sure = ",".join(["1000", *["0"] * (len(control.outcomes) - 1)])
        return [";".join([sure] * len(control.series))]
    raise AssertionError(f"{control.key}: no bounds are defined for a {type(control).__name__}")


@cache
def page_of(topic: str) -> Page:
    return pages.describe(topic)


def visit(topic: str, view: str) -> AppTest:
    at = pages.open_page(topic, state={page_of(topic).view.key: view})
    pages.assert_whole(at)
    return at


@pytest.mark.parametrize(("topic", "name"), VIEWS)
def test_controls_at_their_bounds_and_beyond(topic: str, name: str) -> None:
    """Every control at each of its ends: three at a time, the others at their defaults."""
    at = visit(topic, name)
    (view,) = (view for view in page_of(topic).views if view.name == name)
    wanted = [(control, value) for control in shown(view) for value in extremes(control)]
    third = (len(wanted) + 2) // 3
    defaults = {
        # A hidden control that nothing has read is not in the session.
        c.key: at.session_state[c.key] if c.key in at.session_state else c.initial  # noqa: SIM401
        for c, _value in wanted
    }
    parts = wanted[:third], wanted[third : 2 * third], wanted[2 * third :]
    for together in zip_longest(*parts):
        state = {control.key: value for control, value in filter(None, together)}
        pages.put(at, defaults | state)
        pages.assert_whole(at)


@pytest.mark.parametrize(("topic", "name"), VIEWS)
@pytest.mark.parametrize("turn", [0, 1])
def test_invalid_values_in_every_parameter_of_a_link(topic: str, name: str, turn: int) -> None:
    page = page_of(topic)
    controls = [c for c in page.all_controls() if not isinstance(c, Text)]
    query = {c.key: NONSENSE[(5 * turn + i) % len(NONSENSE)] for i, c in enumerate(controls)}
    at = pages.open_page(topic, query=query | {page.view.key: name})
    pages.assert_whole(at)


@pytest.mark.parametrize("value", [*NONSENSE, None, [], {}, 5, -1e300, float("nan"), True, "x" * 9])
@pytest.mark.parametrize("topic", TOPICS)
def test_an_invalid_value_becomes_a_valid_one_or_none(topic: str, value: Any) -> None:
    for control in page_of(topic).all_controls():
        if any(callable(bound) for bound in (getattr(control, n, None) for n in ("low", "high"))):
            continue  # Its bounds depend on other controls, so it is tested on the page.
        cleaned = control.clean(value)
        if cleaned is None:
            continue
        assert control.clean(cleaned) == cleaned, control.key
        if isinstance(control, Slider):
            assert control.low <= cleaned <= control.high, control.key
        if isinstance(control, Choice) and not callable(control.options):
            assert cleaned in control.names, control.key


@pytest.mark.parametrize("topic", TOPICS)
def test_every_example_and_experiment_opens_its_state(topic: str) -> None:
    page = page_of(topic)
    at = pages.open_page(topic)
    for i, scenario in enumerate(page.scenarios):
        pages.trigger(at, f"{topic}_examples", "pick", i)
        pages.assert_whole(at)
        reached(at, page, scenario.state)
    for i, experiment in enumerate(page.experiments):
        at.button(key=f"{topic}_experiment_{i}").click().run()
        pages.assert_whole(at)
        if experiment.question is None:
            reached(at, page, experiment.state)
            assert experiment.label in " ".join(pages.blocks(at)), "the sentence stays visible"
            continue
        answers = experiment.question.answers
        assert 2 <= len(answers) <= 4
        reached(at, page, experiment.question.start or experiment.state)
        assert len(pages.message(at, f"{topic}_question")["answers"]) == len(answers)
        pages.trigger(at, f"{topic}_question", "answer", "reveal")
        pages.assert_whole(at)
        reached(at, page, experiment.state)
        shown = pages.message(at, f"{topic}_question")
        assert shown["verdict"], f"the outcome failed: {shown['why']}"


def reached(at: AppTest, page: Page, state: State) -> None:
    """Assert that the page is in a state, with defaults for all controls it does not mention."""
    for name, thing in named_controls(page.controls).items():
        family = {None: thing} if isinstance(thing, Control) else thing
        value = state.values.get(name)
        values = {None: value} if isinstance(thing, Control) else value or {}
        for key, control in family.items():
            # Bounds and options may depend on other controls, so evaluate them in the state.
            fixed = not any(callable(getattr(control, name, None)) for name in ("high", "options"))
            if values.get(key) is not None and fixed:
                assert at.session_state[control.key] == control.encode(values[key]), name
    if state.view:
        assert at.session_state[page.view.key] == state.view


@pytest.mark.parametrize("topic", TOPICS)
def test_every_download_holds_rows_on_a_fresh_visit(topic: str) -> None:
    at = pages.open_page(topic)
    for item in page_of(topic).downloads:
        header, rows = pages.download(at, topic, item.filename)
        assert header != ["error"], rows
        assert rows, item.filename
        assert {len(row) for row in rows} == {len(header)}, item.filename


@pytest.mark.parametrize("topic", TOPICS)
def test_the_address_holds_what_differs_from_the_defaults(topic: str) -> None:
    at = pages.open_page(topic)
    message = pages.message(at, f"{topic}_address")
    assert message["parameters"] == {}, "a new page has no URL parameters"
    assert set(message["known"]) >= {control.key for control in page_of(topic).all_controls()}


def test_keys_are_unique_and_written_once() -> None:
    keys: dict[str, str] = {}
    for topic in TOPICS:
        for control in page_of(topic).all_controls():
            assert control.key not in keys, f"{topic} and {keys[control.key]} share {control.key}"
            keys[control.key] = topic
    written = re.compile("|".join(rf'"{re.escape(key)}"' for key in keys if "_" in key))
    for topic in TOPICS:
        for path in (ROOT / "pages" / topic).glob("*.py"):
            if path.name != "controls.py":
                assert not written.findall(path.read_text(encoding="utf-8")), path


def test_a_topics_controls_are_all_reachable() -> None:
    for topic in TOPICS:
        module = importlib.import_module(f"pages.{topic}.controls")
        for path in (ROOT / "pages" / topic).glob("*.py"):
            text = path.read_text(encoding="utf-8")
            if path.name == "controls.py":
                continue
            for name in re.findall(r"controls\.([a-z_0-9]+)", text):
                assert hasattr(module, name), f"{path}: controls.{name}"


def test_int_sliders_give_whole_numbers() -> None:
    for topic in TOPICS:
        for control in page_of(topic).all_controls():
            if isinstance(control, IntSlider) and not callable(control.low):
                assert isinstance(control.clean("3.4"), int)
