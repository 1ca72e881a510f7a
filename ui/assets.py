"""Serve the app's own browser files under `/lab/<version>/`.

The version is a hash of all files, so a browser can cache each file forever and never mixes files
of two releases. Plotly comes in two builds of its maker (`tools.browser_libraries`), one for flat
figures and one for 3D figures; where they are missing, both are the full library of the Python
package. KaTeX comes from Streamlit, whose page already includes its styles and fonts.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
from functools import cache
from pathlib import Path

import orjson
import plotly
import segno
import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config as streamlit_config

from charts.theme import browser_theme

FOLDER = Path(__file__).resolve().parent / "frontend"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_VERSION = "4.1.1"  # of the library in the pinned Python package; a test compares them
CHUNKS = Path(streamlit.__file__).parent / "static" / "static" / "js"  # Streamlit's own scripts
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
LONGEST_CODE = 2_000  # characters; a QR code holds at most 2,953 bytes
#: Kinds of builds of Plotly: flat figures and 3D figures.
PLOTLY_BUILDS = ("cartesian", "gl3d")
_FOREVER = "public, max-age=31536000, immutable"


@cache
def version() -> str:
    """Return eight hexadecimal digits that change whenever a served file changes."""
    libraries = f"{plotly.__version__} {streamlit.__version__}".encode()
    digest = hashlib.sha256(libraries + orjson.dumps(browser_theme()))
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    for kind in PLOTLY_BUILDS:
        digest.update(f"{_plotly(kind).name} {_plotly(kind).stat().st_size}".encode())
    return digest.hexdigest()[:8]


def plotly_build(kind: str) -> Path:
    """Return where the environment stores a build of Plotly, which may not have been fetched."""
    name = f"plotly-{kind}-{PLOTLY_VERSION}.min.js"
    return Path(sys.prefix) / "share" / "logit-lab" / name


def _plotly(kind: str) -> Path:
    return plotly_build(kind) if plotly_build(kind).is_file() else PLOTLY


def url(name: str) -> str:
    """Return the URL path of a file of `ui/frontend`."""
    return f"{base()}/lab/{version()}/{name}"


def base() -> str:
    """Return the sub-path under which the app is served, for example "/lab-app"; "" at the root."""
    path = streamlit_config.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def read(name: str) -> str:
    """Return the text of a file of `ui/frontend`."""
    return (FOLDER / name).read_text(encoding="utf-8")


_LIBRARIES = {f"plotly-{kind}.js": kind for kind in PLOTLY_BUILDS}


@cache
def _body(name: str) -> tuple[bytes, bytes] | None:
    """Return a file's bytes, plain and gzipped; None if the app does not serve this name."""
    if name in _LIBRARIES:
        raw = _plotly(_LIBRARIES[name]).read_bytes()
    elif name == "katex.js":
        chunk = next(CHUNKS.glob("rehype-katex.*.js")).name
        raw = f'export {{ default }} from "../../static/js/{chunk}";'.encode()
    elif name == "theme.json":
        raw = orjson.dumps(browser_theme())
    elif name in {path.name for path in FOLDER.iterdir()}:
        raw = (FOLDER / name).read_bytes()
    else:
        return None
    return raw, gzip.compress(raw, 6)


def _serve(request: Request) -> Response:
    name = request.path_params["name"]
    body = _body(name) if Path(name).suffix in _TYPES else None
    if body is None:
        return Response("No such file.", 404)
    return _compressed(request, body, Path(name).suffix)


def _compressed(request: Request, body: tuple[bytes, bytes], suffix: str) -> Response:
    """Return a response that browsers cache forever, gzipped if the browser accepts it."""
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    raw, zipped = body
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        raw = zipped
    return Response(raw, media_type=_TYPES[suffix], headers=headers)


@cache
def _streamlits() -> dict[str, Path]:
    """Return Streamlit's scripts and styles by path; their names contain a hash of the content."""
    folder = CHUNKS.parent
    found = [*folder.glob("js/*.js"), *folder.glob("css/*.css")]
    return {str(path.relative_to(folder).as_posix()): path for path in found}


@cache
def _zipped(path: Path) -> tuple[bytes, bytes]:
    raw = path.read_bytes()
    return raw, gzip.compress(raw, 6)


class StreamlitFiles:
    """Middleware that serves Streamlit's scripts and styles compressed, which Streamlit does not.

    They are 2.6 MB of a first visit. Each one is compressed once.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, which handles all other requests."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a script or style; pass on all other requests."""
        handler = self._app
        if scope["type"] == "http" and scope["method"] == "GET":
            path = _streamlits().get(scope["path"].removeprefix(f"{base()}/static/"))
            if path is not None:
                body = await run_in_threadpool(_zipped, path)
                handler = _compressed(Request(scope), body, path.suffix)
        await handler(scope, receive, send)


def _home(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{base()}/{query}")


def _qr(request: Request) -> Response:
    """Return a QR code of an address, so that an audience can open a state on their phones."""
    address = request.query_params.get("url", "")
    if not 0 < len(address) <= LONGEST_CODE:
        return Response("The address is empty or too long for a QR code.", 400)
    image = io.BytesIO()
    segno.make(address, error="l", micro=False).save(
        image, kind="svg", scale=8, border=2, xmldecl=False
    )
    return Response(image.getvalue(), media_type="image/svg+xml")


def routes(home: str) -> list[Route]:
    """Return the server's extra routes; `home` is the page that Streamlit serves at "/"."""
    return [
        Route(f"{base()}/lab/{{version}}/qr.svg", _qr),
        Route(f"{base()}/lab/{{version}}/{{name}}", _serve),
        Route(f"{base()}/{home}", _home),
    ]
