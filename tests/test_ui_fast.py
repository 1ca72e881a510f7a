"""The short way: the same view, the same numbers, without a run of Streamlit."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any
from unittest.mock import MagicMock

import orjson
import pytest
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from tests.pages import formulas, message, script
from ui import fast
from ui.middleware import LONGEST_BODY, ShortWay
from ui.wire import pack, stamped, unpack


def page() -> None:
    """A slider that drives a figure and a number; a switch that adds a native element."""
    import streamlit as st

    import ui

    def draw() -> None:
        x = ui.live_slider("x", 0, 10, 3, 0.5, key="x")
        more = ui.switch("more", key="more")
        if x > 9:
            raise ValueError("not from core")
        left, right = st.columns(2)
        with left:
            ui.plot({"data": [{"y": [x, 2 * x]}], "layout": {}}, key="main", alt="line")
        with right:
            ui.facts([ui.Fact("twice", str(2 * x))])
        if more:
            st.write("native")

    ui.render(ui.Page("trial", "Trial", "A page.", [ui.View("only", "Only", draw)]))


def visitor() -> AppTest:
    return script(page)


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest has a runtime only while a script runs; the short way is asked between runs."""
    runtime = MagicMock(spec=Runtime)
    monkeypatch.setattr(fast, "_redraw", _with_runtime(fast._redraw, runtime))


def _with_runtime(redraw, runtime):
    from streamlit.components.v2.component_manager import BidiComponentManager

    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    runtime.bidi_component_registry = manager
    lock = threading.Lock()

    def redrawn(*args):
        with lock:
            held, Runtime._instance = Runtime._instance, runtime
            try:
                return redraw(*args)
            finally:
                Runtime._instance = held

    return redrawn


@pytest.fixture
def at() -> AppTest:
    return visitor()


def token(at: AppTest) -> str:
    return message(at, "x")["live"]


def parts(answer: bytes | None) -> dict[str, dict]:
    assert answer is not None
    return {name: unpack(bytes(data)) for name, data in unpack(answer)["parts"].items()}


def test_a_moved_slider_redraws_figure_and_numbers(at: AppTest) -> None:
    shown = parts(fast.redraw(token(at), {"x": [4.5, 7]}))
    assert shown["main·plot"]["spec"]["data"][0]["y"] == [4.5, 9.0]
    assert shown["x·live"]["value"] == 4.5
    assert shown["x·live"]["seq"] == 7, "the reply names the request that it answers"
    assert any("9.0" in held.get("html", "") for held in shown.values())


def test_the_value_lies_in_the_session_for_the_next_run(at: AppTest) -> None:
    fast.redraw(token(at), {"x": [4.5, 7]})
    at.run()
    assert message(at, "x")["value"] == 4.5
    assert message(at, "main")["spec"]["data"][0]["y"] == [4.5, 9.0]


def test_the_short_way_shows_what_a_run_shows(at: AppTest) -> None:
    shown = parts(fast.redraw(token(at), {"x": [7.5, 2]}))
    at.run()
    for key, name in (("x", "x·live"), ("main", "main·plot"), ("more", "more·live")):
        assert shown[name] == message(at, key)


@pytest.mark.parametrize(
    "moved",
    [
        {"x": ["nonsense", 1]},
        {"x": [float("nan"), 1]},
        {"x": 5},
        {"x": [1]},
        {"x": [1, "a"]},
        {"x": [None, 1]},
        {"unknown": [1, 1]},
        {"x·seq": [1, 1]},
        {},
    ],
)
def test_nonsense_changes_nothing(at: AppTest, moved: dict) -> None:
    shown = parts(fast.redraw(token(at), moved))
    assert shown["x·live"]["value"] == 3.0


def test_values_are_kept_within_the_controls_bounds(at: AppTest) -> None:
    shown = parts(fast.redraw(token(at), {"x": [-99, 1]}))
    assert shown["x·live"]["value"] == 0


def test_a_native_element_that_appears_takes_streamlits_way(at: AppTest) -> None:
    assert fast.redraw(token(at), {"more": ["1", 1]}) is None
    at.run()
    assert [item.value for item in at.markdown if item.value == "native"]
    assert parts(fast.redraw(token(at), {"x": [1, 2]}))["x·live"]["value"] == 1


def test_an_error_in_the_view_becomes_a_sentence_by_streamlits_way(at: AppTest) -> None:
    assert fast.redraw(token(at), {"x": [10, 1]}) is None


def formula_page() -> None:
    import streamlit as st

    import ui

    def draw() -> None:
        x = ui.live_slider("x", 0, 10, 3, 0.5, key="x")
        ui.formula(f"x = {x}")
        st.latex(f"x = {x}")

    ui.render(ui.Page("trial", "Trial", "A page.", [ui.View("only", "Only", draw)]))


def test_a_formula_of_streamlits_may_lag_and_the_browser_is_told() -> None:
    at = script(formula_page)
    assert unpack(fast.redraw(token(at), {"x": [3, 1]}) or b"")["lags"] is False
    assert unpack(fast.redraw(token(at), {"x": [4, 2]}) or b"")["lags"] is True


def test_a_formula_of_ours_moves_along() -> None:
    at = script(formula_page)
    assert formulas(at) == ["x = 3.0"]
    moved = parts(fast.redraw(token(at), {"x": [4, 1]}))
    assert [part["latex"] for part in moved.values() if "latex" in part] == ["x = 4.0"]
    at.run()
    assert formulas(at) == ["x = 4.0"]


def native_page() -> None:
    import pandas as pd
    import streamlit as st

    import ui
    from ui import fast

    def draw() -> None:
        x = ui.live_slider("x", 0, 10, 3, 1, key="x")
        st.dataframe(pd.DataFrame({"n": range(int(x))}))
        st.button("more", disabled=x > 5)
        if x == 9:
            fast.decline()

    ui.render(ui.Page("trial", "Trial", "A page.", [ui.View("only", "Only", draw)]))


def test_what_streamlits_elements_say_may_lag() -> None:
    at = script(native_page)
    assert unpack(fast.redraw(token(at), {"x": [3, 1]}) or b"")["lags"] is False
    assert unpack(fast.redraw(token(at), {"x": [7, 2]}) or b"")["lags"] is True


def hovering_page() -> None:
    import ui

    def draw() -> None:
        x = ui.live_slider("x", 0, 10, 3, 1, key="x")
        trace = {"y": [x]} | ({"hovertext": ["much to tell"]} if ui.at_rest() else {})
        ui.plot({"data": [trace], "layout": {}}, key="main", alt="line")

    ui.render(ui.Page("trial", "Trial", "A page.", [ui.View("only", "Only", draw)]))


def test_what_only_a_pointer_finds_follows_when_the_hand_rests() -> None:
    at = script(hovering_page)
    answer = fast.redraw(token(at), {"x": [7, 1]})
    (moving,) = parts(answer)["main·plot"]["spec"]["data"]
    assert "hovertext" not in moving
    assert list(moving["y"]) == [7]
    assert unpack(answer or b"")["lags"] is True
    at.run()
    (resting,) = message(at, "main")["spec"]["data"]
    assert resting["hovertext"] == ["much to tell"]


def wall_page() -> None:
    import torch

    import ui

    def draw() -> None:
        x = int(ui.live_slider("x", 0, 10, 3, 1, key="x"))
        tiles = torch.full((2, 3, 3), 0.5 if x > 7 else 0.25)
        ui.wall(tiles, ["a", "b"], columns=2, rows=["0"], heads=["0", "1"], key="w", label="two",
                selected=x % 2)  # fmt: skip

    ui.render(ui.Page("trial", "Trial", "A page.", [ui.View("only", "Only", draw)]))


def test_a_walls_pictures_travel_only_where_they_changed() -> None:
    at = script(wall_page)
    first = message(at, "w")
    assert first["images"][0][0] == 0.25
    same = parts(fast.redraw(token(at), {"x": [4, 1]}))["w·wall"]
    assert (same["images"], same["selected"]) == (None, 0)
    assert same["digest"] == first["digest"]
    new = parts(fast.redraw(token(at), {"x": [9, 2]}))["w·wall"]
    assert new["images"][0][0] == 0.5
    assert new["digest"] != first["digest"]
    at.run()
    assert message(at, "w")["images"][0][0] == 0.5, "Streamlit's way brings all"


def test_a_view_can_decline_the_short_way_and_still_draw_by_streamlits() -> None:
    at = script(native_page)
    assert fast.redraw(token(at), {"x": [9, 1]}) is None
    at.run()
    assert message(at, "x")["value"] == 9
    assert not at.exception


def test_a_servers_thread_keeps_no_visitors_context(at: AppTest) -> None:
    before = get_script_run_ctx(suppress_warning=True)
    assert fast.redraw(token(at), {"x": [4, 1]}) is not None
    assert fast.redraw(token(at), {"x": [10, 2]}) is None, "an error in the view"
    assert get_script_run_ctx(suppress_warning=True) is before


def test_an_unknown_token_gets_nothing(at: AppTest) -> None:
    assert fast.redraw("guessed", {"x": [4, 1]}) is None


def test_tokens_are_long_and_one_a_visitor(at: AppTest) -> None:
    other = visitor()
    assert token(at) != token(other)
    assert len(token(at)) >= 24


def test_two_visitors_do_not_share_a_value(at: AppTest) -> None:
    other = visitor()
    fast.redraw(token(at), {"x": [8, 1]})
    assert parts(fast.redraw(token(other), {}))["x·live"]["value"] == 3.0


def test_calls_at_once_on_many_threads_keep_their_values(at: AppTest) -> None:
    others = [visitor() for _ in range(5)]
    wanted = {token(other): 0.5 * (i + 1) for i, other in enumerate(others)}
    seen: dict[str, list[float]] = {name: [] for name in wanted}

    def drag(name: str) -> None:
        for seq in range(7):
            shown = parts(fast.redraw(name, {"x": [wanted[name], seq]}))
            seen[name].append(shown["main·plot"]["spec"]["data"][0]["y"][0])

    threads = [threading.Thread(target=drag, args=(name,)) for name in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == {name: [value] * 7 for name, value in wanted.items()}


def test_messages_of_a_view_carry_the_moment() -> None:
    with stamped():
        first = pack({})
    time.sleep(0.003)
    with stamped():
        second = pack({})
    assert 0 < int.from_bytes(first[:4], "little") < int.from_bytes(second[:4], "little")
    assert pack({})[:4] == b"\0\0\0\0"


def test_few_views_are_remembered(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "MOST_VIEWS", 2)
    for _ in range(3):
        visitor()
    assert len(fast._views) <= 2
    assert fast.redraw(token(at), {"x": [4, 1]}) is None


def ask(method: str, path: str, *pieces: bytes) -> tuple[int, bytes]:
    """Status and body of a request to the server's part for the short way, sent in pieces."""
    said: list[dict] = []
    rest = list(pieces)

    async def receive() -> dict:
        if not rest:
            return {"type": "http.disconnect"}
        body = rest.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(rest)}

    async def send(message: Any) -> None:
        said.append(message)

    async def others(_scope: Any, _receive: Any, _send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"Streamlit"})

    scope = {"type": "http", "method": method, "path": path}
    asyncio.run(ShortWay(others)(scope, receive, send))
    headers = dict(said[0]["headers"])
    length = headers.get(b"content-length")
    assert length is None or int(length) == len(said[1]["body"])
    return said[0]["status"], said[1]["body"]


def test_the_server_answers_a_post_with_the_new_messages(at: AppTest) -> None:
    status, body = ask("POST", f"/lab/live/{token(at)}", b'{"x": [4', b".5, 7]}")
    assert status == 200
    assert parts(body)["main·plot"]["spec"]["data"][0]["y"] == [4.5, 9.0]


@pytest.mark.parametrize(
    ("method", "pieces"),
    [
        ("POST", [b""]),
        ("POST", []),
        ("POST", [b"{"]),
        ("POST", [b"[1]"]),
        ("POST", [b"\xff\xfe"]),
        ("POST", [orjson.dumps({str(i): [1, 1] for i in range(33)})]),
        ("POST", [b'{"x": "' + b"a" * LONGEST_BODY, b'"}']),
        ("GET", [b'{"x": [4.5, 7]}']),
    ],
)
def test_the_server_sends_all_else_streamlits_way(
    at: AppTest, method: str, pieces: list[bytes]
) -> None:
    assert ask(method, f"/lab/live/{token(at)}", *pieces) == (204, b"")
    assert parts(fast.redraw(token(at), {}))["x·live"]["value"] == 3.0


def test_other_requests_pass_untouched() -> None:
    assert ask("GET", "/lab/other", b"") == (299, b"Streamlit")


def test_the_language_is_asked_once_in_a_drawing(at: AppTest, monkeypatch) -> None:
    from ui import i18n

    asked: list[int] = []
    monkeypatch.setattr(i18n, "_asked_language", lambda: asked.append(1) or "en")
    fast.redraw(token(at), {"x": [4, 1]})
    fast.redraw(token(at), {"x": [5, 2]})
    assert len(asked) == 2, "once for each drawing, never remembered from one to the next"
