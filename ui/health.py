"""Tell a supervisor or proxy how the server is: `/healthz` and `/readyz`.

`/healthz` answers as soon as the process handles requests; a supervisor restarts a process that
does not. `/readyz` answers 503 with a reason until the language model is loaded; a proxy sends
visitors elsewhere meanwhile. Both lie below the sub-path if there is one, and neither opens a
session.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui import assets, models

_FRESH = {"Cache-Control": "no-store"}


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("ok\n", headers=_FRESH)


async def _ready(_request: Request) -> Response:
    reason = models.not_ready()
    if reason:
        return PlainTextResponse(f"{reason}\n", 503, headers=_FRESH)
    return PlainTextResponse("ready\n", headers=_FRESH)


def routes() -> list[Route]:
    """Return the two routes."""
    return [
        Route(f"{assets.base()}/healthz", _alive),
        Route(f"{assets.base()}/readyz", _ready),
    ]
