"""The error boundary: a sentence for the visitor, locations in the log, the rest still works."""

import logging
from typing import Any

import pytest

from tests.pages import BROKEN, assert_whole, blocks, click, keys, message, script, send, sentences


def test_an_error_of_core_is_shown_as_its_sentence() -> None:
    def page() -> None:
        import torch

        import ui
        from core.sampling import top_p

        with ui.guard():
            top_p(torch.zeros(3), -0.5)
        ui.note("after")

    at = script(page)
    assert not at.exception
    (shown,) = sentences(at)
    assert "-0.5" in shown
    assert BROKEN not in shown
    assert any("after" in item.proto.body for item in at.get("html"))


def test_a_notice_is_shown_as_it_is_and_escaped() -> None:
    def page() -> None:
        import ui

        with ui.guard():
            raise ui.Notice("Busy: <b>3</b> & more.")

    at = script(page)
    assert sentences(at) == ["Busy: <b>3</b> & more."]
    assert "<b>3" not in at.get("html")[0].proto.body


@pytest.mark.parametrize(
    "kind", ["ValueError", "KeyError", "ZeroDivisionError", "RuntimeError", "MemoryError"]
)
def test_any_other_error_shows_a_message_and_logs_locations_without_text(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    def page() -> None:
        import builtins

        import streamlit as st

        import ui

        def deep(typed: str) -> None:
            raise getattr(builtins, st.query_params["kind"])(f"cannot take {typed}")

        with ui.guard():
            deep("the visitor's secret words")
        ui.note("after")

    with caplog.at_level(logging.ERROR, logger="logitlab"):
        at = script(page, query={"kind": kind})
    assert not at.exception
    (shown,) = sentences(at)
    assert BROKEN in shown
    assert any("after" in item.proto.body for item in at.get("html")), "the rest is drawn"
    (record,) = [record for record in caplog.records if record.name == "logitlab"]
    logged = record.getMessage()
    assert kind in logged
    assert "in deep" in logged
    assert "secret" not in logged
    assert "secret" not in str(record.exc_info) + caplog.text


def test_rerun_and_stop_pass_the_boundary() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        with ui.guard():
            if st.session_state["runs"] == 1:
                st.rerun()
            st.stop()
        ui.note("never")

    at = script(page)
    assert at.session_state["runs"] == 2
    assert not at.get("html")
    assert not at.exception


def failing_page() -> None:
    """Draw a page whose view fails above T = 2 with an error of `core`, above T = 4 with a bug."""
    from types import SimpleNamespace

    import streamlit as st

    import ui
    from core.sampling import SamplingParams

    controls = SimpleNamespace(T=ui.Slider("T", "T", 0, 5, 1.0, 0.1))

    def draw() -> None:
        temperature = controls.T.value
        if temperature > 4:
            raise RuntimeError("lost")
        if temperature > 2:
            SamplingParams(top_p=-temperature)
        ui.note("drawn")

    def pitfall() -> None:
        raise KeyError("pitfall")

    ui.render(
        ui.Page(
            "trial",
            "Trial",
            "A page of the tests.",
            [ui.View("only", "Only", draw, (controls.T,))],
            controls,
            scenarios=[ui.Scenario("hot", ui.state(T=5))],
            experiments=[ui.Experiment(f"e{i}", "Look.", ui.state(T=i)) for i in range(3)],
            sources=[ui.Source(SamplingParams, "A paper"), ui.Source(ui.Token)],
            pitfalls=[ui.Pitfall("P", "Text.", pitfall)],
            downloads=[ui.Download("CSV", "a.csv", lambda: (["a", "b"], [[1, 2]]))],
        )
    )
    st.session_state["reached"] = True


@pytest.mark.parametrize(("value", "shown"), [(3.0, "top_p"), (5.0, BROKEN)])
def test_a_failing_view_leaves_its_controls_and_the_rest_of_the_page(
    value: float, shown: str
) -> None:
    at = script(failing_page)
    assert_whole(at)
    send(at, "T", value)
    assert not at.exception
    (sentence,) = sentences(at)
    assert shown in sentence
    assert "T" in keys(at, "slider"), "the control that fixes it is still there"
    assert at.session_state["reached"] is True
    assert [item.value for item in at.subheader] == ["Try this", "Pitfalls", "Export"]
    at.button(key="trial_experiment_1").click().run()
    assert_whole(at)
    assert message(at, "T")["value"] == 1


def test_a_failing_pitfall_keeps_its_text() -> None:
    at = script(failing_page)
    at.session_state["trial_pitfall_0"] = True
    at.run()
    assert not at.exception
    assert len(sentences(at)) == 1
    assert any(item.value == "Text." for item in at.markdown)


def test_the_source_that_ran_is_shown_on_demand() -> None:
    import inspect

    from core.sampling import SamplingParams

    at = script(failing_page)
    assert not at.code
    at.session_state["trial_sources"] = True
    at.run()
    assert_whole(at)
    assert at.code[0].value.strip() == inspect.getsource(SamplingParams).strip()
    assert any("A paper" in item.proto.body for item in at.get("html"))


MARK = {"curve": 0, "point": 0, "x": 2.0, "y": 0.5, "data": None}


def clicking_page() -> None:
    """Draw a plot and a token strip whose callbacks fail."""
    from types import SimpleNamespace

    import ui

    def fail(what: object) -> None:
        raise RuntimeError(f"lost {what}")

    def draw() -> None:
        ui.plot({"data": [{"x": [2.0]}], "layout": {}}, key="main", alt="dot", on_click=fail)
        ui.tokens([ui.Token("a"), ui.Token("b")], key="strip", label="two", on_click=fail)
        ui.note("drawn")

    views = [ui.View("only", "Only", draw)]
    ui.render(ui.Page("trial", "Trial", "A page.", views, SimpleNamespace()))


@pytest.mark.parametrize(("key", "value"), [("main", MARK), ("strip", 1)])
def test_a_failing_click_leaves_the_page_alive(key: str, value: Any) -> None:
    at = click(script(clicking_page), key, value)
    assert not at.exception
    assert any(BROKEN in shown for shown in sentences(at))
    assert any("drawn" in block for block in blocks(at))


@pytest.mark.parametrize(
    ("key", "value"),
    [("main", None), ("main", 5), ("main", "x"), ("strip", 2), ("strip", -1), ("strip", "1")],
)
def test_a_click_on_nothing_is_ignored(key: str, value: Any) -> None:
    at = click(script(clicking_page), key, value)
    assert not at.exception
    assert any("drawn" in block for block in blocks(at))


def test_clicks_arrive() -> None:
    def page() -> None:
        import streamlit as st

        import ui

        def keep(what: object) -> None:
            st.session_state.setdefault("clicks", []).append(what)

        ui.plot({"data": [{"x": [2.0]}], "layout": {}}, key="main", alt="dot", on_click=keep)
        ui.tokens([ui.Token("a"), ui.Token("b")], key="strip", label="two", on_click=keep)

    at = script(page)
    click(at, "main", MARK)
    click(at, "strip", 1)
    assert at.session_state["clicks"] == [MARK, 1]
    assert message(at, "main")["clicks"] is True
