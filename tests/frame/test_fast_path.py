"""The fast path shows the same view with the same numbers, without a Streamlit rerun."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from typing import Any
from unittest.mock import MagicMock

import orjson
import pytest
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from tests.pages import ROOT, formulas, message, script
from ui.fast_path import redrawing as fast
from ui.fast_path import server
from ui.fast_path.server import LONGEST_BODY, FastPath
from ui.wire import pack, stamped, unpack


def page() -> None:
    """Draw a slider that drives a figure and a number, and a switch that adds a native element."""
    from types import SimpleNamespace

    import streamlit as st

    import ui

    controls = SimpleNamespace(x=ui.Slider("x", "x", 0, 10, 3, 0.5), more=ui.Switch("more", "more"))

    def draw() -> None:
        x, more = controls.x.value, controls.more.value
        if x > 9:
            raise ValueError("not from core")
        left, right = st.columns(2)
        with left:
            ui.plot({"data": [{"y": [x, 2 * x]}], "layout": {}}, key="main", alt="line")
        with right:
            ui.facts([ui.Fact("twice", str(2 * x))])
        if more:
            st.write("native")

    views = [ui.View("only", "Only", draw, (controls.x, controls.more))]
    ui.render(ui.Page("trial", "Trial", "A page.", views, controls))


def visitor() -> AppTest:
    return script(page)


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide a runtime between runs; AppTest has one only while a script runs."""
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
            before, Runtime._instance = Runtime._instance, runtime
            try:
                return redraw(*args)
            finally:
                Runtime._instance = before

    return redrawn


@pytest.fixture
def at() -> AppTest:
    return visitor()


def token(at: AppTest) -> str:
    return message(at, "x")["live"]


def parts(answer: bytes | None) -> dict[str, dict]:
    assert answer is not None
    return {name: unpack(bytes(data)) for name, data in unpack(answer)["parts"].items()}


def test_a_slider_redraws_figure_and_numbers(at: AppTest) -> None:
    shown = parts(fast.redraw(token(at), {"x": [4.5, 7]}))
    assert shown["main·plot"]["spec"]["data"][0]["y"] == [4.5, 9.0]
    assert shown["x·live"]["value"] == 4.5
    assert shown["x·live"]["seq"] == 7, "the reply contains the number of its request"
    assert any("9.0" in content.get("html", "") for content in shown.values())


def test_the_value_is_in_the_session_for_the_next_run(at: AppTest) -> None:
    fast.redraw(token(at), {"x": [4.5, 7]})
    at.run()
    assert message(at, "x")["value"] == 4.5
    assert message(at, "main")["spec"]["data"][0]["y"] == [4.5, 9.0]


def test_the_fast_path_shows_what_a_run_shows(at: AppTest) -> None:
    shown = parts(fast.redraw(token(at), {"x": [7.5, 2]}))
    at.run()
    for key, name in (("x", "x·live"), ("main", "main·plot"), ("more", "more·live")):
        assert shown[name] == message(at, key)


@pytest.mark.parametrize(
    "changed",
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
def test_invalid_values_change_nothing(at: AppTest, changed: dict) -> None:
    shown = parts(fast.redraw(token(at), changed))
    assert shown["x·live"]["value"] == 3.0


def test_values_are_kept_within_the_controls_bounds(at: AppTest) -> None:
    shown = parts(fast.redraw(token(at), {"x": [-99, 1]}))
    assert shown["x·live"]["value"] == 0


def test_a_new_native_element_falls_back_to_a_rerun(at: AppTest) -> None:
    assert fast.redraw(token(at), {"more": ["1", 1]}) is None
    at.run()
    assert [item.value for item in at.markdown if item.value == "native"]
    assert parts(fast.redraw(token(at), {"x": [1, 2]}))["x·live"]["value"] == 1


def test_an_error_in_the_view_falls_back_to_a_rerun_with_a_message(at: AppTest) -> None:
    assert fast.redraw(token(at), {"x": [10, 1]}) is None


def formula_page() -> None:
    from types import SimpleNamespace

    import streamlit as st

    import ui

    controls = SimpleNamespace(x=ui.Slider("x", "x", 0, 10, 3, 0.5))

    def draw() -> None:
        x = controls.x.value
        ui.formula(f"x = {x}")
        st.latex(f"x = {x}")

    views = [ui.View("only", "Only", draw, (controls.x,))]
    ui.render(ui.Page("trial", "Trial", "A page.", views, controls))


def test_streamlits_own_formula_is_reported_as_stale() -> None:
    at = script(formula_page)
    assert unpack(fast.redraw(token(at), {"x": [3, 1]}) or b"")["stale"] is False
    assert unpack(fast.redraw(token(at), {"x": [4, 2]}) or b"")["stale"] is True


def test_the_apps_own_formula_is_redrawn() -> None:
    at = script(formula_page)
    assert formulas(at) == ["x = 3.0"]
    redrawn = parts(fast.redraw(token(at), {"x": [4, 1]}))
    assert [part["latex"] for part in redrawn.values() if "latex" in part] == ["x = 4.0"]
    at.run()
    assert formulas(at) == ["x = 4.0"]


def native_page() -> None:
    from types import SimpleNamespace

    import pandas as pd
    import streamlit as st

    import ui
    from ui.fast_path import fall_back

    controls = SimpleNamespace(x=ui.IntSlider("x", "x", 0, 10, 3))

    def draw() -> None:
        x = controls.x.value
        st.dataframe(pd.DataFrame({"n": range(int(x))}))
        st.button("more", disabled=x > 5)
        if x == 9:
            fall_back()

    views = [ui.View("only", "Only", draw, (controls.x,))]
    ui.render(ui.Page("trial", "Trial", "A page.", views, controls))


def test_changed_content_of_streamlits_elements_is_reported_as_stale() -> None:
    at = script(native_page)
    assert unpack(fast.redraw(token(at), {"x": [3, 1]}) or b"")["stale"] is False
    assert unpack(fast.redraw(token(at), {"x": [7, 2]}) or b"")["stale"] is True


def hovering_page() -> None:
    from types import SimpleNamespace

    import ui

    controls = SimpleNamespace(x=ui.IntSlider("x", "x", 0, 10, 3))

    def draw() -> None:
        x = controls.x.value
        trace = {"y": [x]} | ({"hovertext": ["much to tell"]} if ui.full_detail() else {})
        ui.plot({"data": [trace], "layout": {}}, key="main", alt="line")

    views = [ui.View("only", "Only", draw, (controls.x,))]
    ui.render(ui.Page("trial", "Trial", "A page.", views, controls))


def test_hover_texts_follow_after_the_drag() -> None:
    at = script(hovering_page)
    answer = fast.redraw(token(at), {"x": [7, 1]})
    (moving,) = parts(answer)["main·plot"]["spec"]["data"]
    assert "hovertext" not in moving
    assert list(moving["y"]) == [7]
    assert unpack(answer or b"")["stale"] is True
    at.run()
    (resting,) = message(at, "main")["spec"]["data"]
    assert resting["hovertext"] == ["much to tell"]


def wall_page() -> None:
    from types import SimpleNamespace

    import torch

    import ui

    controls = SimpleNamespace(x=ui.IntSlider("x", "x", 0, 10, 3))

    def draw() -> None:
        x = controls.x.value
        tiles = torch.full((2, 3, 3), 0.5 if x > 7 else 0.25)
        ui.wall(tiles, ["a", "b"], columns=2, rows=["0"], heads=["0", "1"], key="w", label="two",
                selected=x % 2)  # fmt: skip

    views = [ui.View("only", "Only", draw, (controls.x,))]
    ui.render(ui.Page("trial", "Trial", "A page.", views, controls))


def test_the_images_of_a_heatmap_grid_are_sent_only_if_changed() -> None:
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
    assert message(at, "w")["images"][0][0] == 0.5, "a rerun sends all images"


def test_a_view_can_leave_the_fast_path_and_is_drawn_by_a_rerun() -> None:
    at = script(native_page)
    assert fast.redraw(token(at), {"x": [9, 1]}) is None
    at.run()
    assert message(at, "x")["value"] == 9
    assert not at.exception


def test_a_server_thread_does_not_keep_a_visitors_context(at: AppTest) -> None:
    before = get_script_run_ctx(suppress_warning=True)
    assert fast.redraw(token(at), {"x": [4, 1]}) is not None
    assert fast.redraw(token(at), {"x": [10, 2]}) is None, "an error in the view"
    assert get_script_run_ctx(suppress_warning=True) is before


def test_an_unknown_token_gets_nothing(at: AppTest) -> None:
    assert fast.redraw("guessed", {"x": [4, 1]}) is None


def test_tokens_are_long_and_unique_per_visitor(at: AppTest) -> None:
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


def test_messages_of_a_view_have_a_time_stamp() -> None:
    with stamped():
        first = pack({})
    time.sleep(0.003)
    with stamped():
        second = pack({})
    assert 0 < int.from_bytes(first[:4], "little") < int.from_bytes(second[:4], "little")
    assert pack({})[:4] == b"\0\0\0\0"


def test_the_number_of_views_is_limited(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "MOST_VIEWS", 2)
    for _ in range(3):
        visitor()
    assert len(fast._views) <= 2
    assert fast.redraw(token(at), {"x": [4, 1]}) is None


def ask(method: str, path: str, *pieces: bytes) -> tuple[int, bytes]:
    """Return status and body of a request to the fast path's server, sent in pieces."""
    sent: list[dict] = []
    rest = list(pieces)

    async def receive() -> dict:
        if not rest:
            return {"type": "http.disconnect"}
        body = rest.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(rest)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def others(_scope: Any, _receive: Any, _send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"Streamlit"})

    scope = {"type": "http", "method": method, "path": path}
    asyncio.run(FastPath(others)(scope, receive, send))
    headers = dict(sent[0]["headers"])
    length = headers.get(b"content-length")
    assert length is None or int(length) == len(sent[1]["body"])
    return sent[0]["status"], sent[1]["body"]


def _post(token: str, changed: dict) -> tuple[bytes, bytes]:
    """Return the body of a post in two pieces."""
    body = orjson.dumps([token, changed])
    return body[:20], body[20:]


def test_the_server_answers_a_post_with_the_new_messages(at: AppTest) -> None:
    status, body = ask("POST", "/lab/live", *_post(token(at), {"x": [4.5, 7]}))
    assert status == 200
    assert parts(body)["main·plot"]["spec"]["data"][0]["y"] == [4.5, 9.0]


@pytest.mark.parametrize(
    ("method", "pieces"),
    [
        ("POST", [b""]),
        ("POST", []),
        ("POST", [b"{"]),
        ("POST", [b"[1]"]),
        ("POST", [b"[1, {}]"]),
        ("POST", [b'{"x": [4.5, 7]}']),
        ("POST", [b'["TOKEN", []]']),
        ("POST", [b'["TOKEN", {"x": [4.5, 7]}, 1]']),
        ("POST", [b'["another token", {"x": [4.5, 7]}]']),
        ("POST", [b"\xff\xfe"]),
        ("POST", [orjson.dumps(["TOKEN", {str(i): [1, 1] for i in range(33)}])]),
        ("POST", [b'["TOKEN", {"x": "' + b"a" * LONGEST_BODY, b'"}]']),
        ("GET", [b'["TOKEN", {"x": [4.5, 7]}]']),
    ],
)
def test_the_server_rejects_everything_else(at: AppTest, method: str, pieces: list[bytes]) -> None:
    pieces = [piece.replace(b"TOKEN", token(at).encode()) for piece in pieces]
    assert ask(method, "/lab/live", *pieces) == (204, b"")
    assert parts(fast.redraw(token(at), {}))["x·live"]["value"] == 3.0


def test_other_requests_pass_untouched() -> None:
    assert ask("GET", "/lab/other", b"") == (299, b"Streamlit")


def test_the_language_is_determined_once_per_drawing(at: AppTest, monkeypatch) -> None:
    from ui import i18n

    calls: list[int] = []
    monkeypatch.setattr(i18n, "_find_language", lambda: calls.append(1) or "en")
    fast.redraw(token(at), {"x": [4, 1]})
    fast.redraw(token(at), {"x": [5, 2]})
    assert len(calls) == 2, "once per drawing, not cached between drawings"


def slow_page() -> None:
    import time
    from types import SimpleNamespace

    import ui
    from tests.frame import test_fast_path as seen

    controls = SimpleNamespace(x=ui.IntSlider("x", "x", 0, 10, 3))

    def draw() -> None:
        seen.INSIDE.append(1)
        seen.MOST.append(len(seen.INSIDE))
        time.sleep(0.05)
        seen.INSIDE.pop()

    views = [ui.View("only", "Only", draw, (controls.x,))]
    ui.render(ui.Page("trial", "Trial", "A page.", views, controls))


#: The number of drawings of `slow_page` in progress, and its maximum.
INSIDE: list[int] = []
MOST: list[int] = []


def test_a_run_and_a_redraw_of_one_visitor_never_overlap() -> None:
    at = script(slow_page)
    name = token(at)
    MOST.clear()
    done = threading.Event()

    def redraw_again_and_again() -> None:
        number = 0
        while not done.is_set():
            number += 1
            fast.redraw(name, {"x": [number % 10, number]})

    threads = [threading.Thread(target=redraw_again_and_again) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        at.run()
    done.set()
    for thread in threads:
        thread.join(20)
    assert len(MOST) > 6, "both kinds of drawing took place"
    assert max(MOST) == 1


def test_a_redraw_that_waits_too_long_falls_back_to_a_rerun(at: AppTest, monkeypatch) -> None:
    monkeypatch.setattr(fast, "PATIENCE_S", 0.02)
    view = fast._views[token(at)]
    locked = threading.Event()
    free = threading.Event()

    def hold() -> None:
        with view.lock:
            locked.set()
            free.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(10)
    assert fast.redraw(token(at), {"x": [4, 1]}) is None
    free.set()
    thread.join(10)
    assert fast.redraw(token(at), {"x": [4, 1]}) is not None


def test_one_redraw_runs_and_one_waits_and_a_newer_one_replaces_it(monkeypatch) -> None:
    """The first and the last of five requests are drawn; those between are turned away."""
    seen: list[int] = []
    release = threading.Event()

    def slow(_token: str, changed: dict) -> bytes:
        seen.append(changed["x"])
        release.wait(5)
        return b"drawn"

    monkeypatch.setattr(server, "owner_of", lambda token: None if token == "none" else "session")
    monkeypatch.setattr(server, "redraw", slow)
    monkeypatch.setattr(server, "REPLACED_S", 0)

    async def flood() -> list[bytes | None]:
        turns = server._Turns()
        tasks = [asyncio.create_task(turns.redraw("a", {"x": i})) for i in range(5)]
        await asyncio.sleep(0.05)
        assert [task.done() for task in tasks] == [False, True, True, True, False]
        assert await turns.redraw("none", {}) is None
        release.set()
        answers = await asyncio.gather(*tasks)
        assert not turns._waiting
        assert await turns.redraw("a", {"x": 9}) == b"drawn", "the next turn is free"
        return answers

    assert asyncio.run(flood()) == [b"drawn", None, None, None, b"drawn"]
    assert seen == [0, 4, 9]


def test_visitors_do_not_wait_for_each_other(monkeypatch) -> None:
    release = threading.Event()

    def redraw(token: str, _changed: dict) -> bytes:
        if token == "flood":
            release.wait(5)
        return token.encode()

    monkeypatch.setattr(server, "owner_of", lambda token: token)
    monkeypatch.setattr(server, "redraw", redraw)

    async def both() -> None:
        turns = server._Turns()
        flood = [asyncio.create_task(turns.redraw("flood", {})) for _ in range(100)]
        async with asyncio.timeout(1):
            assert await turns.redraw("other", {}) == b"other"
        release.set()
        await asyncio.gather(*flood)

    asyncio.run(both())


def test_a_request_that_is_cancelled_leaves_the_turn_free(monkeypatch) -> None:
    monkeypatch.setattr(server, "owner_of", lambda token: token)
    monkeypatch.setattr(server, "redraw", lambda _token, _changed: time.sleep(0.03) or b"drawn")

    async def cancel() -> None:
        turns = server._Turns()
        first = asyncio.create_task(turns.redraw("a", {}))
        second = asyncio.create_task(turns.redraw("a", {}))
        await asyncio.sleep(0.01)
        second.cancel()
        await first
        await asyncio.sleep(0.1)
        async with asyncio.timeout(1):
            assert await turns.redraw("a", {}) == b"drawn"

    asyncio.run(cancel())


def test_a_body_that_never_ends_is_dropped(monkeypatch) -> None:
    monkeypatch.setattr(server, "BODY_S", 0.05)

    async def receive() -> dict:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"[", "more_body": True}

    start = time.perf_counter()
    assert asyncio.run(server._body(receive)) == b""
    assert time.perf_counter() - start < 1


def test_an_older_message_does_not_undo_a_newer_one(at: AppTest) -> None:
    fast.redraw(token(at), {"x": [8, 5]})
    assert parts(fast.redraw(token(at), {"x": [2, 4]}))["x·live"]["value"] == 8.0


def test_an_internal_failure_is_logged(at: AppTest, monkeypatch, caplog) -> None:
    def broken(_messages) -> None:
        raise RuntimeError("secret text")

    monkeypatch.setattr(fast, "_split", broken)
    assert fast.redraw(token(at), {"x": [4, 1]}) is None
    (record,) = [r for r in caplog.records if "fast path failed" in r.message]
    assert "RuntimeError" in record.message
    assert "secret" not in record.message


OTHER_VERSION = """
import streamlit
streamlit.__version__ = "1.99.0"
import ui
from ui.fast_path import session
assert session.internals is None
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app.py", default_timeout=60).run()
assert not at.exception
assert len(at.get("bidi_component")) > 3
from ui.wire import unpack
shown = [unpack(item.proto.bytes) for item in at.get("bidi_component")]
assert not any(message.get("live") for message in shown), "no control uses the fast path"
"""


def test_another_streamlit_switches_the_fast_path_off_and_the_app_works() -> None:
    result = subprocess.run(
        [sys.executable, "-c", OTHER_VERSION], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("The fast path is off") == 1


def test_addresses_respect_the_sub_path(at: AppTest, monkeypatch) -> None:
    from ui import assets

    monkeypatch.setattr(assets, "base", lambda: "/lab-app")
    assert assets.url("plot.js").startswith("/lab-app/lab/")
    body = _post(token(at), {"x": [4, 7]})
    assert ask("POST", "/lab-app/lab/live", *body)[0] == 200
    assert ask("POST", "/lab/live", *body)[0] == 299
    assert all(getattr(r, "path", "").startswith("/lab-app/") for r in assets.routes("home"))
