"""Live controls: every value is cleaned, whoever sends it: the URL, the wire, a scenario."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pages import NASTY, NONSENSE, assert_whole, message, put, script, send, send_raw


def controls() -> None:
    """One control of each kind; the values they return lie under "got"."""
    import streamlit as st

    import ui

    st.session_state["got"] = {
        "T": ui.live_slider("Temperature", 0, 5, 1.0, 0.01, key="T"),
        "k": ui.live_slider("Top-k", 0, 49152, 50, key="k", scale="log", words={0: "off"}),
        "hidden": ui.live_slider("Not in the URL", -1.5, 1.5, 0.5, 0.5, key="hidden", url=False),
        "one": ui.choice("One", {"a": "A", "b": "B", "c": "C"}, key="one", value="b"),
        "menu": ui.choice("Menu", {"x": "X", "y": "Y"}, key="menu", menu=True),
        "some": ui.choices("Some", {"p": "P", "q": "Q", "r": "R"}, key="some", value=["r", "p"]),
        "flag": ui.switch("Flag", key="flag"),
        "step": ui.stepper("Step", 7, key="step", value=2),
        "text": ui.live_text("Text", "start", key="text"),
    }


DEFAULTS = {
    "T": 1.0,
    "k": 50,
    "hidden": 0.5,
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
def test_nonsense_in_the_url_leaves_sound_values(value: str) -> None:
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


def test_the_session_goes_before_the_url() -> None:
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
def test_a_scenario_writes_controls_and_is_cleaned(
    state: dict[str, Any], wanted: dict[str, Any]
) -> None:
    at = put(script(controls), state)
    assert_whole(at)
    assert at.session_state["got"] == DEFAULTS | wanted


def test_set_state_works_from_a_callback() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        st.button("hot", on_click=ui.set_state, args=({"T": 4.5, "never drawn": "x"},))
        st.session_state["got"] = ui.live_slider("T", 0, 5, 1.0, 0.1, key="T")
        st.session_state["known"] = (ui.get("T"), ui.get("absent", 7))

    at = script(page)
    at.button[0].click().run()
    assert at.session_state["got"] == 4.5
    assert at.session_state["known"] == (4.5, 7)
    assert message(at, "T")["value"] == 4.5


@pytest.mark.parametrize(
    ("key", "sent", "held"),
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
        ("step", 1e30, 6),
        ("text", "typed", "typed"),
        ("text", 3, "start"),
        ("text", "a\ud800b", "a?b"),
    ],
)
def test_what_the_browser_sends_is_cleaned(key: str, sent: Any, held: Any) -> None:
    at = send(script(controls), key, sent, seq=3)
    assert_whole(at)
    assert at.session_state[key] == held
    assert message(at, key)["value"] == held
    assert message(at, key)["seq"] == 3, "the reply names the request that it answers"


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


def test_a_stepper_follows_a_shorter_count() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        count = st.session_state.get("count", 10)
        st.session_state["got"] = ui.stepper("Step", count, key="step")

    at = put(script(page), {"step": 9})
    assert at.session_state["got"] == 9
    for count, wanted in ((4, 3), (1, 0), (0, 0)):
        put(at, {"count": count})
        assert_whole(at)
        assert at.session_state["got"] == wanted
    assert message(at, "step")["count"] == 1


def test_messages_tell_the_browser_what_it_needs() -> None:
    at = script(controls, query={"T": "2"})
    slider = message(at, "T")
    assert (slider["param"], slider["initial"], slider["value"]) == ("T", 1.0, 2.0)
    assert slider["digits"] == 2
    assert message(at, "hidden")["param"] is None
    assert message(at, "hidden")["digits"] == 1
    assert message(at, "k")["words"] == {"0": "off"}
    assert message(at, "k")["digits"] == 0
    assert message(at, "some")["kind"] == "several"
    assert message(at, "menu")["kind"] == "menu"


def test_presenting_is_read_from_session_and_url() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        st.session_state["got"] = ui.presenting()
        ui.present_switch()

    assert script(page).session_state["got"] is False
    assert script(page, query={"present": "1"}).session_state["got"] is True
    assert script(page, query={"present": "yes"}).session_state["got"] is False
    assert put(script(page), {"present": "1"}).session_state["got"] is True
