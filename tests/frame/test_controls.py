"""Live controls: values from the URL, the browser and scenarios are all validated."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ui
from tests.pages import NASTY, NONSENSE, assert_whole, message, put, script, send, send_raw
from ui.page import enter


def controls() -> None:
    """Draw one control of each kind; store their values under "got"."""
    import streamlit as st

    import ui

    declared = [
        ui.Slider("T", "Temperature", 0, 5, 1.0, 0.01),
        ui.IntSlider("k", "Top-k", 0, 49152, 50, scale="log", words={0: "off"}),
        ui.Slider("half", "Halves", -1.5, 1.5, 0.5, 0.5),
        ui.Choice("one", "One", {"a": "A", "b": "B", "c": "C"}, "b"),
        ui.Choice("menu", "Menu", {"x": "X", "y": "Y"}, kind="menu"),
        ui.Choices("some", "Some", {"p": "P", "q": "Q", "r": "R"}, ["r", "p"]),
        ui.Switch("flag", "Flag"),
        ui.Text("text", "Text", "start"),
    ]
    got = {control.key: control.draw() for control in declared}
    step = ui.Stepper("step", "Step", 2)
    st.session_state["got"] = got | {"step": step.draw(7)}


DEFAULTS = {
    "T": 1.0,
    "k": 50,
    "half": 0.5,
    "one": "b",
    "menu": "x",
    "some": ["p", "r"],
    "flag": False,
    "step": 2,
    "text": "start",
}


def test_defaults_and_their_types() -> None:
    at = script(controls)
    assert_whole(at)
    assert at.session_state["got"] == DEFAULTS
    assert isinstance(at.session_state["got"]["k"], int)
    assert isinstance(at.session_state["got"]["T"], float)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"T": "2.5", "k": "7", "one": "c"}, {"T": 2.5, "k": 7, "one": "c"}),
        ({"T": "-3", "k": "999999"}, {"T": 0, "k": 49152}),
        ({"T": "6.5"}, {"T": 5}),
        ({"k": "7.6"}, {"k": 8}),
        ({"flag": "1", "some": "q"}, {"flag": True, "some": ["q"]}),
        ({"some": ""}, {"some": []}),
        ({"some": "r,zzz,p"}, {"some": ["p", "r"]}),
        ({"step": "99"}, {"step": 6}),
        ({"step": "-1"}, {"step": 0}),
        ({"step": "3.0"}, {"step": 3}),
        ({"text": "女孩"}, {"text": "女孩"}),
    ],
)
def test_a_link_puts_the_controls_into_its_state(
    query: dict[str, str], wanted: dict[str, Any]
) -> None:
    at = script(controls, query=query)
    assert at.session_state["got"] == DEFAULTS | wanted


@pytest.mark.parametrize("value", NONSENSE)
def test_invalid_url_parameters_leave_valid_values(value: str) -> None:
    at = script(controls, query=dict.fromkeys(DEFAULTS, value))
    assert_whole(at)
    got = at.session_state["got"]
    assert 0 <= got["T"] <= 5
    assert 0 <= got["k"] <= 49152
    assert got["one"] in "abc"
    assert got["menu"] in "xy"
    assert set(got["some"]) <= {"p", "q", "r"}
    assert 0 <= got["step"] <= 6
    assert got["text"] == value
    if value in ("abc", "nan", "1e999", "-inf", "[1]", "<b>", "\0"):
        assert got == DEFAULTS | {"text": value}


def test_the_session_takes_precedence_over_the_url() -> None:
    at = script(controls, query={"T": "2"})
    put(at, {"T": 3.0})
    assert at.session_state["got"]["T"] == 3.0


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ({"T": 99, "k": -5}, {"T": 5, "k": 0}),
        ({"T": "2.5", "step": "4"}, {"T": 2.5, "step": 4}),
        ({"T": None, "k": [], "step": {}, "one": 5, "some": None, "flag": "yes"}, {}),
        ({"T": float("nan"), "k": float("inf"), "step": float("nan")}, {}),
        ({"flag": True}, {"flag": True}),
        ({"one": "c", "menu": "y", "some": "q,p"}, {"one": "c", "menu": "y", "some": ["p", "q"]}),
        ({"text": 7}, {}),
    ],
)
def test_a_scenario_sets_controls_and_is_validated(
    state: dict[str, Any], wanted: dict[str, Any]
) -> None:
    at = put(script(controls), state)
    assert_whole(at)
    assert at.session_state["got"] == DEFAULTS | wanted


def test_a_value_exists_without_drawing_and_can_be_set_in_a_callback() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        drawn = ui.Slider("T", "T", 0, 5, 1.0, 0.1)
        hidden = ui.IntSlider("n", "n", 0, 9, 4)
        st.button("hot", on_click=drawn.set, args=(4.5,))
        st.button("many", on_click=hidden.set, args=(99,))
        st.button("back", on_click=hidden.reset)
        st.session_state["got"] = (drawn.draw(), hidden.value)

    at = script(page, query={"n": "7"})
    assert at.session_state["got"] == (1.0, 7)
    at.button[0].click().run()
    assert at.session_state["got"] == (4.5, 7)
    assert message(at, "T")["value"] == 4.5
    at.button[1].click().run()
    assert at.session_state["got"] == (4.5, 9), "values set by a callback are validated too"
    at.button[2].click().run()
    assert at.session_state["got"] == (4.5, 4), "the default, not the link's value"


def test_a_bound_may_depend_on_another_control() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        count = ui.IntSlider("count", "Count", 1, 9, 5)
        chosen = ui.IntSlider("chosen", "Chosen", 1, lambda: count.value, 3)
        st.session_state["got"] = (count.draw(), chosen.draw())

    at = script(page, query={"chosen": "9"})
    assert at.session_state["got"] == (5, 5)
    put(at, {"count": 2})
    assert at.session_state["got"] == (2, 2)
    assert message(at, "chosen")["max"] == 2


def test_a_slider_is_limited_by_its_reach_and_keeps_its_value() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        text = ui.Text("text", "Text", "abcdef")
        at = ui.IntSlider("at", "Letter", 1, 99, 5, reach=lambda: len(text.value))
        text.draw()
        st.session_state["got"] = at.draw()

    at = script(page)
    assert at.session_state["got"] == 5
    put(at, {"text": "abc"})
    assert at.session_state["got"] == 3
    assert message(at, "at")["max"] == 3
    put(at, {"text": "abcdef"})
    assert at.session_state["got"] == 5


def test_on_change_runs_before_the_view_is_drawn() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        size = ui.IntSlider("size", "Size", 1, 9, 1)
        preset = ui.Choice("preset", "Preset", {"a": "A", "b": "B"}, on_change=lambda: size.set(7))
        st.session_state["got"] = (preset.draw(), size.draw())

    at = send(script(page), "preset", "b")
    assert at.session_state["got"] == ("b", 7)
    send(at, "preset", "b", seq=2)
    put(at, {"size": 3})
    assert at.session_state["got"] == ("b", 3), "an unchanged value does not call on_change"


@pytest.mark.parametrize(
    ("key", "sent", "wanted"),
    [
        ("T", 2.25, 2.25),
        ("T", 77, 5),
        ("T", "abc", 1.0),
        ("T", None, 1.0),
        ("T", [1], 1.0),
        ("k", 3.4, 3),
        ("one", "c", "c"),
        ("one", "zzz", "b"),
        ("one", ["a"], "b"),
        ("some", "p,q", "p,q"),
        ("some", "", ""),
        ("flag", "1", "1"),
        ("flag", "perhaps", "0"),
        ("step", 5, 5),
        ("text", "typed", "typed"),
        ("text", 3, "start"),
        ("text", "a\ud800b", "a?b"),
    ],
)
def test_values_from_the_browser_are_validated(key: str, sent: Any, wanted: Any) -> None:
    at = send(script(controls), key, sent, seq=3)
    assert_whole(at)
    assert at.session_state[key] == wanted
    assert message(at, key)["value"] == wanted
    assert message(at, key)["seq"] == 3, "the reply contains the number of its request"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"value": value})
        for value in (None, 3, "x", [], [1], [1, "2"], [1, 2, 3], {"a": 1}, [[1], 2])
    ]
    + ["{}"],
)
def test_a_message_of_another_shape_changes_nothing(text: str) -> None:
    at = send_raw(script(controls), "T", text)
    assert_whole(at)
    assert at.session_state["got"]["T"] == 1.0


def test_a_number_of_400_digits_changes_nothing() -> None:
    at = send_raw(script(controls), "T", '{"value":[1' + "0" * 400 + ",1]}")
    assert_whole(at)
    assert 0 <= at.session_state["got"]["T"] <= 5


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_text_comes_back_as_typed(text: str) -> None:
    at = send(script(controls), "text", text)
    assert_whole(at)
    assert at.session_state["got"]["text"] == text[:100_000]
    assert message(at, "text")["value"] == text[:100_000]


def test_a_slider_never_leaves_its_bounds() -> None:
    at = script(controls)

    @given(
        st.floats()
        | st.integers(-(2**80), 2**80)
        | st.text(st.characters(codec="utf-8"))
        | st.none()
        | st.booleans()
    )
    @settings(max_examples=40, deadline=None)
    def check(value: Any) -> None:
        put(at, {"k": value})
        assert_whole(at)
        assert 0 <= at.session_state["got"]["k"] <= 49152
        assert isinstance(at.session_state["got"]["k"], int)

    check()


def test_a_stepper_follows_a_shorter_count_and_back() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        count = st.session_state.get("count", 10)
        step = ui.Stepper("step", "Step")
        st.session_state["got"] = (step.draw(count), step.within(count))

    at = put(script(page), {"step": 9})
    assert at.session_state["got"] == (9, 9)
    for count, wanted in ((4, 3), (1, 0), (0, 0), (10, 9)):
        put(at, {"count": count})
        assert_whole(at)
        assert at.session_state["got"] == (wanted, wanted)
    put(at, {"count": 1})
    assert message(at, "step")["count"] == 1


def test_messages_contain_what_the_browser_needs() -> None:
    at = script(controls, query={"T": "2"})
    assert message(at, "T")["value"] == 2.0
    assert message(at, "T")["digits"] == 2
    assert message(at, "half")["digits"] == 1
    assert message(at, "k")["words"] == {"0": "off"}
    assert message(at, "k")["digits"] == 0
    assert message(at, "some")["kind"] == "several"
    assert message(at, "menu")["kind"] == "menu"


def test_presenting_is_read_from_session_and_url() -> None:
    def page() -> None:
        import streamlit as st

        import ui
        from ui.session import PRESENT

        st.session_state["got"] = ui.presenting()
        PRESENT.draw()

    assert script(page).session_state["got"] is False
    assert script(page, query={"present": "1"}).session_state["got"] is True
    assert script(page, query={"present": "yes"}).session_state["got"] is False
    assert put(script(page), {"present": "1"}).session_state["got"] is True


@pytest.mark.parametrize(
    ("values", "view", "match"),
    [
        ({"nope": 1}, "only", "no control nope"),
        ({}, "elsewhere", "no view 'elsewhere'"),
        ({"family": {"z": 1}}, "only", "family has no"),
    ],
)
def test_a_state_with_unknown_names_is_rejected(values: dict, view: str, match: str) -> None:
    family = {"a": ui.Switch("a", "A")}
    declared = SimpleNamespace(x=ui.Slider("x", "X"), family=family)
    page = ui.Page("trial", "Trial", "A page.", [ui.View("only", "Only", print)], declared)
    with pytest.raises(ValueError, match=match):
        enter(page, ui.state(view, **values))
