"""The server side of the fast path: ASGI middleware that handles posts of changed controls."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import assets
from ui.fast_path.redrawing import redraw

LONGEST_BODY = 1_000_000  # bytes; a text box holds up to 100,000 characters

# A drawing takes milliseconds, or at most 0.15 s if it waits for a model before it falls back.
_threads = ThreadPoolExecutor(32, thread_name_prefix="fast path")


class FastPath:
    """Middleware that responds to changed controls; see `ui.fast_path`.

    It precedes Streamlit's handling of sessions, cookies and compression, which takes longer than
    most drawings.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, which handles all requests that are not for the fast path."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle requests below `/lab/live/`; pass on all others."""
        path = f"{assets.base()}/lab/live/"
        ours = scope["type"] == "http" and scope["path"].startswith(path)
        if not ours:
            await self._app(scope, receive, send)
            return
        data = None
        if scope["method"] == "POST" and (changed := _changed(await _body(receive))) is not None:
            loop = asyncio.get_running_loop()
            token = scope["path"].removeprefix(path)
            data = await loop.run_in_executor(_threads, redraw, token, changed)
        headers = [(b"cache-control", b"no-store")]
        status = 204  # The browser falls back to a Streamlit rerun.
        if data is not None:
            headers.append((b"content-length", str(len(data)).encode()))
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data or b""})


async def _body(receive: Receive) -> bytes:
    """Return the request's body; empty if it is too long or the client has disconnected."""
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


def _changed(body: bytes) -> dict[str, Any] | None:
    """Return the changed controls by key, or None if the body is invalid."""
    try:
        changed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return changed if isinstance(changed, dict) and len(changed) <= 32 else None
