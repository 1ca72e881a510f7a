"""The server's end of the fast path: answers posts of moved controls before Streamlit sees them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import assets
from ui.fast_path.redrawing import redraw

LONGEST_BODY = 1_000_000  # bytes: a text box holds 100 000 characters

# A drawing takes milliseconds, at most 0.15 s where it waits for a model before it falls back.
_threads = ThreadPoolExecutor(32, thread_name_prefix="fast path")


class FastPath:
    """Answers moved controls; see `ui.fast_path`.

    It stands before Streamlit's sessions, cookies and compression: going through all of those
    takes longer than most drawings.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` gets every request that is not for the fast path."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request below `/lab/live/`, pass on any other."""
        path = f"{assets.base()}/lab/live/"
        ours = scope["type"] == "http" and scope["path"].startswith(path)
        if not ours:
            await self._app(scope, receive, send)
            return
        data = None
        if scope["method"] == "POST" and (moved := _moved(await _body(receive))) is not None:
            loop = asyncio.get_running_loop()
            token = scope["path"].removeprefix(path)
            data = await loop.run_in_executor(_threads, redraw, token, moved)
        headers = [(b"cache-control", b"no-store")]
        status = 204  # the change takes Streamlit's own way
        if data is not None:
            headers.append((b"content-length", str(len(data)).encode()))
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data or b""})


async def _body(receive: Receive) -> bytes:
    """The request's body, "" where it is too long or the visitor has gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:
            return b""
        if not message.get("more_body"):
            return body


def _moved(body: bytes) -> dict[str, Any] | None:
    """Moved controls by key, None for anything else."""
    try:
        moved = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return moved if isinstance(moved, dict) and len(moved) <= 32 else None
