"""Announce the files that every page needs in the page's `Link` header (ASGI middleware)."""

from __future__ import annotations

from functools import cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import assets

#: Modules of this app and of Streamlit that every page loads.
OURS = (
    "live", "wire", "colors", "choice", "slider", "fit", "plot", "html", "text", "link",
    "examples", "address",
)  # fmt: skip
STREAMLITS = (
    "BidiComponent", "serialization", "recordbatch", "Html", "purify.es", "Button",
    "rehype-katex", "hastscript", "web-namespaces", "DownloadButton", "createDownloadLinkElement",
)  # fmt: skip


@cache
def link_header() -> str:
    """Return the header's value, without chunks that the installed Streamlit does not have."""
    chunks = sorted(path.name for path in assets.CHUNKS.glob("*.js"))
    wanted = [name for name in chunks if name.rsplit(".", 2)[0] in STREAMLITS]
    modules = [f"{assets.base()}/static/js/{name}" for name in wanted]
    modules += [assets.url(f"{name}.js") for name in OURS]
    links = [f"<{module}>; rel=modulepreload" for module in modules]
    links.append(f"<{assets.url('plotly.min.js')}>; rel=preload; as=script; fetchpriority=low")
    return ", ".join(links)


class PreloadLinks:
    """Middleware that tells the browser which files a page needs, together with the page itself.

    Streamlit's frontend requests a component's code only once the component arrives over the
    websocket. On a slow network the largest file, Plotly, would start loading a second late. With
    the `Link` header, the browser loads the files while Streamlit's own code starts.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, which handles the requests."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the header to HTML responses."""

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", link_header())
            await send(message)

        await self._app(scope, receive, send_with_links if scope["type"] == "http" else send)
