"""The HTML document with which every page starts (ASGI middleware).

Streamlit sends the same empty document for every address. This middleware adds what the visitor can
already see and what the browser can already load: the page's title and summary, a sketch of the
page, links to the files that every page needs, and the server's address. For an address without a
page, it sends a list of the pages instead.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charts.i18n import LANGUAGES, _, speaking
from ui import assets
from ui.html import escape

#: Modules of this app and of Streamlit that every page loads.
OURS = (
    "live", "wire", "colors", "choice", "slider", "fit", "plot", "html", "text", "link",
    "examples", "address", "reconnect",
)  # fmt: skip
STREAMLITS = (
    "BidiComponent", "serialization", "recordbatch", "Html", "purify.es", "Button",
    "rehype-katex", "hastscript", "web-namespaces", "DownloadButton", "createDownloadLinkElement",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """A page's title and summary (Markdown with formulas) in one language."""

    title: str
    summary: str

    @property
    def first_sentence(self) -> str:
        """Return the first sentence of the summary as plain text; "" if it has a long formula."""
        sentence = re.split(r"(?<=[.。])", self.summary)[0]
        return "" if "\\" in sentence else re.sub(r"[$*`]", "", sentence)


@cache
def link_header() -> str:
    """Return the `Link` header, without chunks that the installed Streamlit does not have.

    Streamlit's frontend requests a component's code only once the component arrives over the
    websocket. With this header, the browser loads the files while Streamlit's own code starts.
    """
    chunks = sorted(path.name for path in assets.CHUNKS.glob("*.js"))
    wanted = [name for name in chunks if name.rsplit(".", 2)[0] in STREAMLITS]
    modules = [f"{assets.base()}/static/js/{name}" for name in wanted]
    modules += [assets.url(f"{name}.js") for name in OURS]
    links = [f"<{module}>; rel=modulepreload" for module in modules]
    links.append(
        f"<{assets.url('plotly-cartesian.js')}>; rel=preload; as=script; fetchpriority=low"
    )
    return ", ".join(links)


class Document:
    """Middleware that completes HTML responses; see the module."""

    def __init__(
        self, app: ASGIApp, paths: Mapping[str, str], describe: Callable[[str, str], Words]
    ) -> None:
        """Wrap `app`.

        Args:
            app: Handles the requests.
            paths: Maps the path of every page ("/" or "/<topic>") to its topic.
            describe: Returns the words of a topic in a language; may take a second at first.
        """
        self._app = app
        self._paths = paths
        self._describe = describe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; complete the response if it is an HTML document."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The document is changed here, so it must not arrive compressed.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        inner = {**scope, "headers": headers} if _is_navigation(scope) else scope
        start: Message | None = None
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                kind = Headers(scope=message).get("content-type", "")
                if _is_navigation(scope) and kind.startswith("text/html"):
                    start = message
                    return
            elif start is not None and message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await self._finish(scope, send, start, body)
                return
            await send(message)

        await self._app(inner, receive, collect)

    async def _finish(self, scope: Scope, send: Send, start: Message, body: bytes) -> None:
        path = scope["path"].removeprefix(assets.base()) or "/"
        language = language_of(scope)
        headers = MutableHeaders(scope=start)
        if start["status"] == 200 and scope["method"] == "GET":
            topic = self._paths.get(path.removesuffix("index.html"))
            if topic is None:
                entries = {p: await self._words(name, language) for p, name in self._paths.items()}
                body, start["status"] = not_found(entries, language).encode(), 404
            else:
                words = await self._words(topic, language)
                body = complete(body.decode(), words, language).encode()
                headers.append("link", link_header())
            for name in ("etag", "last-modified"):
                del headers[name]
            headers["cache-control"] = "no-cache"
            headers["vary"] = "Accept-Encoding, Accept-Language"
            if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
                headers["content-encoding"] = "gzip"
                body = gzip.compress(body, 6)
            headers["content-length"] = str(len(body))
        await send(start)
        await send({"type": "http.response.body", "body": body})

    async def _words(self, topic: str, language: str) -> Words:
        return await run_in_threadpool(self._describe, topic, language)


def _is_navigation(scope: Scope) -> bool:
    """Return whether a browser asks for a document to show, not for a file or data."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def language_of(scope: Scope) -> str:
    """Return the visitor's language: `?lang=`, else the first one that the browser prefers."""
    chosen = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
    preferred = Headers(scope=scope).get("accept-language", "").lower()
    browsers = "zh" if preferred.startswith("zh") else "en"
    return chosen if chosen in LANGUAGES else browsers


def complete(html: str, words: Words, language: str) -> str:
    """Add title, language, server address and a sketch of the page to Streamlit's document."""
    # With the address, Streamlit does not search for the server at each level of the path.
    address = f"location.origin+{json.dumps(assets.base() + '/')}"
    head = (
        f"<script>window.__streamlit={{BACKEND_BASE_URL:{address}}}</script><style>{_STYLE}</style>"
    )
    title = f"{escape(words.title)} · Logit Lab"
    html = html.replace('<html lang="en">', f'<html lang="{_TAGS[language]}">', 1)
    html = html.replace("<title>Streamlit</title>", f"<title>{title}</title>{head}", 1)
    return html.replace('<div id="root"></div>', f'<div id="root"></div>{_sketch(words)}', 1)


def not_found(pages: Mapping[str, Words], language: str) -> str:
    """Return a document that says that there is no such page, and lists the pages."""
    with speaking(language):
        title = _("Page not found")
        text = _("There is no page at this address. These are the pages of Logit Lab:")
    query = f"?lang={language}"
    links = "".join(
        f'<li><a href="{assets.base()}{path}{query}">{escape(words.title)}</a> '
        f"{escape(words.first_sentence)}</li>"
        for path, words in pages.items()
    )
    return (
        f'<!doctype html><html lang="{_TAGS[language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="{assets.url("icon.svg")}">'
        f"<title>{escape(title)} · Logit Lab</title><style>{_STYLE}</style></head>"
        f'<body class="ll-missing"><main><h1>{escape(title)}</h1><p>{escape(text)}</p>'
        f"<ul>{links}</ul></main></body></html>"
    )


_TAGS = {"en": "en", "zh": "zh-Hans"}

#: The colors are those of .streamlit/config.toml; tests/frame/test_document.py compares them.
_STYLE = """
:root{--g:#ffffff;--i:#1c2430;--p:#f4f6f9;--a:#0067a8}
@media (prefers-color-scheme:dark){:root{--g:#11161d;--i:#e8ecf2;--p:#1a212b;--a:#5ab4f0}}
#ll-first,.ll-missing{background:var(--g);color:var(--i);font:1rem/1.5 "Source Sans",sans-serif}
#ll-first{position:fixed;inset:0;pointer-events:none;overflow:hidden}
#ll-first>div,.ll-missing main{max-width:1400px;margin:0 auto;padding:2rem 1.2rem}
#ll-first h1,.ll-missing h1{font-size:1.9rem;line-height:1.2;margin:1rem 0 .5rem}
#ll-first i{display:block;background:var(--p);border-radius:.5rem;margin:1rem 0 0;height:2.2rem}
#ll-first i+i{height:60vh}
.ll-missing{margin:0}.ll-missing li{margin:.6rem 0}.ll-missing a{color:var(--a)}
@media (min-width:1000px){#ll-first>div{margin-left:19rem}}
""".replace("\n", "")

#: Removes the sketch as soon as the page itself has a heading.
_REMOVE = (
    "new MutationObserver((seen,watch)=>{if(document.querySelector('#root h1')){"
    "document.getElementById('ll-first').remove();watch.disconnect()}})"
    ".observe(document.getElementById('root'),{childList:true,subtree:true})"
)


def _sketch(words: Words) -> str:
    return (
        f'<div id="ll-first" aria-busy="true"><div><h1>{escape(words.title)}</h1>'
        f"<p>{escape(words.first_sentence)}</p><i></i><i></i></div></div><script>{_REMOVE}</script>"
    )
