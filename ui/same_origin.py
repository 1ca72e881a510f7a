"""Reject requests that a page of another site sends to this server (ASGI middleware).

It precedes Streamlit's own check of a websocket's origin. For a foreign origin, that check asks an
outside service for the address of this machine, and blocks all visitors until it answers.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config as streamlit_config

SAFE = ("GET", "HEAD", "OPTIONS")


class SameOrigin:
    """Middleware that rejects websockets and changing requests from pages of other origins.

    A browser states the origin of the page that sends a request; other clients do not. The origins
    in Streamlit's settings `server.corsAllowedOrigins` and `browser.serverAddress` are accepted
    too, which a proxy needs that does not pass on the `Host` header.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, which handles the accepted requests."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with 403."""
        changing = scope["type"] == "websocket" or (
            scope["type"] == "http" and scope["method"] not in SAFE
        )
        if not changing or _accepted(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b""})


def _accepted(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return True
    # "null" and malformed origins have no network location.
    place = _place(origin)
    return bool(place) and (place == headers.get("host", "").lower() or place in _further())


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _further() -> set[str]:
    """Return the hosts, with ports if any, that the settings allow."""
    places = {_place(text) for text in streamlit_config.get_option("server.corsAllowedOrigins")}
    if streamlit_config.is_manually_set("browser.serverAddress"):
        places.add(streamlit_config.get_option("browser.serverAddress").lower())
    return places - {""}
