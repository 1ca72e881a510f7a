"""What the server does before Streamlit sees a request (ASGI middleware)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import assets
from ui.fast import redraw

PATH = "/lab/live/"
LONGEST_BODY = 1_000_000  # bytes: a text box holds 100 000 characters

# A drawing takes milliseconds, at most 0.15 s where it waits for a model before it declines.
_threads = ThreadPoolExecutor(32, thread_name_prefix="short way")

#: Modules of ours that every page imports, and those of Streamlit that draw every page's elements.
OURS = ("live", "url", "wire", "colors", "choice", "slider", "plot", "html", "text", "link")
STREAMLITS = (
    "BidiComponent", "serialization", "recordbatch", "Html", "purify.es", "Button",
    "rehype-katex", "hastscript", "web-namespaces", "DownloadButton", "createDownloadLinkElement",
)  # fmt: skip


@cache
def link_header() -> str:
    """The header's value; a chunk that this Streamlit does not have is left out."""
    chunks = sorted(path.name for path in assets.CHUNKS.glob("*.js"))
    wanted = [name for name in chunks if name.rsplit(".", 2)[0] in STREAMLITS]
    modules = [f"/static/js/{name}" for name in wanted] + [assets.url(f"{o}.js") for o in OURS]
    links = [f"<{module}>; rel=modulepreload" for module in modules]
    links.append(f"<{assets.url('plotly.min.js')}>; rel=preload; as=script; fetchpriority=low")
    return ", ".join(links)


class ShortWay:
    """Answers moved controls; see `ui.fast`.

    It stands before Streamlit's sessions, cookies and compression: going through all of those
    takes longer than most drawings.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` gets every request that is not for the short way."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request below `/lab/live/`, pass on any other."""
        ours = scope["type"] == "http" and scope["path"].startswith(PATH)
        if not ours:
            await self._app(scope, receive, send)
            return
        data = None
        if scope["method"] == "POST" and (moved := _moved(await _body(receive))) is not None:
            loop = asyncio.get_running_loop()
            token = scope["path"].removeprefix(PATH)
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


class EarlyFiles:
    """Tells the browser, with a page itself, which files it is going to need.

    Streamlit's page asks for a component's code when that component has arrived over the stream: on
    a classroom's network the largest file, Plotly's, would begin to travel a second late. The
    `Link` header names them, so that they travel while Streamlit's own code starts.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app` answers the requests."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; a page's answer gets the header."""

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", link_header())
            await send(message)

        await self._app(scope, receive, send_with_links if scope["type"] == "http" else send)
