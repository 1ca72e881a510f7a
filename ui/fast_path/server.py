"""The server side of the fast path: ASGI middleware that handles posts of changed controls."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import assets
from ui.fast_path.redrawing import owner_of, redraw, session_lives

LONGEST_BODY = 1_000_000  # bytes; a text box holds up to 100,000 characters
BODY_S = 5.0  # a request whose body takes longer is dropped
MOST_CONTROLS = 32  # changed controls in one request
LONGEST_REST = 0.25  # seconds; see `_Turns`
REPLACED_S = 0.25  # delay of the answer to a replaced request, so that a flood cannot spin

# A drawing takes milliseconds, or at most 0.25 s if it waits for a run of the same visitor.
_threads = ThreadPoolExecutor(32, thread_name_prefix="fast path")


class FastPath:
    """Middleware that responds to changed controls; see `ui.fast_path`.

    It precedes Streamlit's handling of sessions, cookies and compression, which takes longer than
    most drawings. The view's token is in the body, not in the path, because servers and proxies
    log paths.
    """

    def __init__(self, app: ASGIApp, observe: Callable[[float, bool], None] | None = None) -> None:
        """Wrap `app`.

        Args:
            app: Handles all requests that are not for the fast path.
            observe: Called after each valid request with its seconds and whether it was redrawn.
        """
        self._app = app
        self._observe = observe
        # Not read per request: Streamlit's settings have a lock. The event loop would wait for it
        # while the script run that holds it waits for its turn to run.
        self._path = f"{assets.base()}/lab/live"
        self._turns = _Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle requests for `/lab/live`; pass on all others."""
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        data = None
        status = 204  # The browser falls back to a Streamlit rerun.
        asked = _parsed(await _body(receive)) if scope["method"] == "POST" else None
        if asked is not None and not asked[1]:
            # A page whose websocket was interrupted asks whether its session is still here.
            status = 204 if session_lives(asked[0]) else 205
        elif asked is not None:
            start = time.perf_counter()
            data = await self._turns.redraw(*asked)
            if self._observe is not None:
                self._observe(time.perf_counter() - start, data is not None)
        headers = [(b"cache-control", b"no-store")]
        if data is not None:
            headers.append((b"content-length", str(len(data)).encode()))
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data or b""})


class _Turns:
    """One redraw at a time for each visitor, so that none can occupy the server's threads.

    While a visitor's redraw runs, one more request of theirs waits. A newer one replaces it, and
    the replaced one is told to use a Streamlit rerun. A request that waited starts only after a
    rest three times as long as the redraw before it, and longer for each request that it replaced.
    Visitors who move one control never wait, because the browser sends the next value after the
    reply to the last one.
    """

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._replaced: Counter[str] = Counter()

    async def redraw(self, token: str, changed: dict[str, Any]) -> bytes | None:
        """Redraw a view; return None if it does not exist or if the request was replaced."""
        owner = owner_of(token)
        if owner is None or not await self._turn(owner):
            return None
        start = time.perf_counter()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(_threads, redraw, token, changed)
        finally:
            self._next(owner, time.perf_counter() - start)

    async def _turn(self, owner: str) -> bool:
        """Wait for the visitor's turn; return False if a newer request has replaced this one."""
        if owner not in self._running:
            self._running.add(owner)
            return True
        replaced = self._waiting.pop(owner, None)
        if replaced is not None and not replaced.done():
            self._replaced[owner] += 1
            replaced.set_result(False)
        mine = self._waiting[owner] = asyncio.get_running_loop().create_future()
        if await mine:
            return True
        await asyncio.sleep(REPLACED_S)
        return False

    def _next(self, owner: str, taken: float) -> None:
        """Let the waiting request start after a rest, or end the visitor's turn."""
        replaced = self._replaced.pop(owner, 0)
        if owner in self._waiting:
            rest = min(3 * taken * (1 + replaced), LONGEST_REST)
            asyncio.get_running_loop().call_later(rest, self._start, owner)
        else:
            self._running.discard(owner)

    def _start(self, owner: str) -> None:
        waiting = self._waiting.pop(owner)
        if waiting.cancelled():
            self._running.discard(owner)
        else:
            waiting.set_result(True)


async def _body(receive: Receive) -> bytes:
    """Return the request's body; empty if it is too long or slow, or the client disconnected."""
    body = b""
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return b""
                body += message.get("body", b"")
                if len(body) > LONGEST_BODY:
                    return b""
                if not message.get("more_body"):
                    return body
    except TimeoutError:
        return b""


def _parsed(body: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return the view's token and the changed controls by key, or None if the body is invalid."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(asked, list) or len(asked) != 2:
        return None
    token, changed = asked
    fits = isinstance(token, str) and isinstance(changed, dict) and len(changed) <= MOST_CONTROLS
    return (token, changed) if fits else None
