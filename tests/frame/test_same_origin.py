"""Requests from pages of other sites are rejected before any other code handles them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from streamlit import net_util

import app
from ui.same_origin import SameOrigin


def answer(kind: str, headers: dict[str, str], method: str = "POST") -> str:
    """Return what a request receives: "passed", "403" or "closed"."""
    seen: list[str] = []

    async def inner(_scope: Any, _receive: Any, _send: Any) -> None:
        seen.append("passed")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            seen.append(str(message["status"]))
        if message["type"] == "websocket.close":
            seen.append("closed")

    async def receive() -> Any:
        raise AssertionError("nothing of a rejected request is read")

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": "/lab/live", "headers": raw, "method": method}
    asyncio.run(SameOrigin(inner)(scope, receive, send))
    assert len(seen) == 1
    return seen[0]


HOST = "lab.example.org:8501"


@pytest.mark.parametrize(
    "origin", [None, "http://lab.example.org:8501", "https://lab.example.org:8501"]
)
def test_the_own_page_and_other_programs_pass(origin: str | None) -> None:
    headers = {"host": HOST} | ({"origin": origin} if origin else {})
    assert answer("http", headers) == "passed"
    assert answer("websocket", headers) == "passed"


@pytest.mark.parametrize(
    "origin",
    [
        "http://lab.example.org",
        "http://lab.example.org:8502",
        "http://lab.example.org:8501.evil.example",
        "https://evil.example",
        "http://[",
        "null",
        "",
        "file://",
    ],
)
def test_a_foreign_page_is_rejected(origin: str) -> None:
    assert answer("http", {"host": HOST, "origin": origin}) == "403"
    assert answer("websocket", {"host": HOST, "origin": origin}) == "closed"
    assert answer("http", {"host": HOST, "origin": origin}, "GET") == "passed", "a link to the app"
    assert answer("http", {"origin": origin}) == "403", "no host"


def test_the_settings_accept_the_origin_of_a_proxy(monkeypatch) -> None:
    from ui import same_origin

    options = {"server.corsAllowedOrigins": ["https://lab.uni.example"]}
    monkeypatch.setattr(same_origin.streamlit_config, "get_option", options.__getitem__)
    assert answer("http", {"host": HOST, "origin": "https://lab.uni.example"}) == "passed"
    assert answer("http", {"host": HOST, "origin": "https://other.example"}) == "403"


def test_a_foreign_websocket_asks_no_outside_service(monkeypatch) -> None:
    """Streamlit's own check would ask one; the request must not reach it."""
    asked: list[str] = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    sent: list[Any] = []

    async def connect() -> None:
        scope = {
            "type": "websocket",
            "path": "/_stcore/stream",
            "headers": [(b"host", HOST.encode()), (b"origin", b"https://evil.example")],
            "query_string": b"",
            "subprotocols": ["streamlit"],
        }

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        inner = app.app
        # The middleware as app.py lists it, around what would be Streamlit's handler.
        (first, *_rest) = inner._user_middleware
        assert first.cls is SameOrigin, "it is the outermost one"

        async def streamlits(_scope: Any, _receive: Any, _send: Any) -> None:
            net_util.get_external_ip()

        await first.cls(streamlits)(scope, receive, send)

    asyncio.run(connect())
    assert sent == ["websocket.close"]
    assert asked == []
