"""Name the files that every page needs in the page's own `Link` header (ASGI middleware)."""

from __future__ import annotations

from functools import cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import assets

#: Modules of ours that every page imports, and those of Streamlit that draw every page's elements.
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
    """The header's value; a chunk that this Streamlit does not have is left out."""
    chunks = sorted(path.name for path in assets.CHUNKS.glob("*.js"))
    wanted = [name for name in chunks if name.rsplit(".", 2)[0] in STREAMLITS]
    modules = [f"{assets.base()}/static/js/{name}" for name in wanted]
    modules += [assets.url(f"{name}.js") for name in OURS]
    links = [f"<{module}>; rel=modulepreload" for module in modules]
    links.append(f"<{assets.url('plotly.min.js')}>; rel=preload; as=script; fetchpriority=low")
    return ", ".join(links)


class PreloadLinks:
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
