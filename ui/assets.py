"""Serve the app's own browser files under `/lab/<version>/`.

The version is a hash of all files, so a browser can cache each file forever and never mixes files
of two releases. Plotly's library comes from its Python package and is compressed once in memory,
from 4.8 MB to 1.4 MB. KaTeX comes from Streamlit, whose page already includes its styles and fonts.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from functools import cache
from pathlib import Path

import orjson
import plotly
import segno
import streamlit
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from streamlit import config as streamlit_config

from charts.theme import browser_theme

FOLDER = Path(__file__).resolve().parent / "frontend"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
CHUNKS = Path(streamlit.__file__).parent / "static" / "static" / "js"  # Streamlit's own scripts
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
LONGEST_CODE = 2_000  # characters; a QR code holds at most 2,953 bytes
_FOREVER = "public, max-age=31536000, immutable"


@cache
def version() -> str:
    """Return eight hexadecimal digits that change whenever a served file changes."""
    libraries = f"{plotly.__version__} {streamlit.__version__}".encode()
    digest = hashlib.sha256(libraries + orjson.dumps(browser_theme()))
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:8]


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


@cache
def _body(name: str) -> tuple[bytes, bytes] | None:
    """Return a file's bytes, plain and gzipped; None if the app does not serve this name."""
    if name == "plotly.min.js":
        raw = PLOTLY.read_bytes()
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
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    raw, zipped = body
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        raw = zipped
    return Response(raw, media_type=_TYPES[Path(name).suffix], headers=headers)


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
