"""Links that people have shared keep working after a page moved away from "/" (ASGI middleware)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui import assets


class Moved:
    """Middleware that redirects links to "/" that hold the moved page's parameters."""

    def __init__(self, app: ASGIApp, path: str, parameters: Callable[[], Collection[str]]) -> None:
        """Wrap `app`.

        Args:
            app: Handles all other requests.
            path: Where the page is now.
            parameters: Returns the names of the page's parameters; may take a second at first.
        """
        self._app = app
        self._path = path
        self._parameters = parameters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a request for the moved page; pass on all others."""
        handler = self._app
        query = scope.get("query_string", b"").decode("latin-1")
        if query and scope["type"] == "http" and scope["path"] == f"{assets.base()}/":
            named = parse_qs(query, keep_blank_values=True, max_num_fields=None)
            if not named.keys().isdisjoint(await run_in_threadpool(self._parameters)):
                handler = RedirectResponse(f"{assets.base()}{self._path}?{query}")
        await handler(scope, receive, send)
