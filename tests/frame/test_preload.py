"""HTML responses announce the files that every page needs."""

from __future__ import annotations

import asyncio
import re

import pytest

from ui import assets
from ui.preload import OURS, STREAMLITS, PreloadLinks, link_header


def answer(kind: str, content: bytes) -> dict[str, str]:
    """Return the headers of a response with this content type."""
    sent: list[dict] = []

    async def app(_scope, _receive, send) -> None:
        headers = [(b"content-type", content), (b"x-other", b"kept")]
        await send({"type": f"{kind}.response.start", "status": 200, "headers": headers})

    async def send(message) -> None:
        sent.append(message)

    async def receive():
        return {}

    asyncio.run(PreloadLinks(app)({"type": kind}, receive, send))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_html_responses_have_the_link_header() -> None:
    headers = answer("http", b"text/html; charset=utf-8")
    assert headers["link"] == link_header()
    assert headers["x-other"] == "kept"


@pytest.mark.parametrize("content", [b"text/javascript", b"application/json", b""])
def test_other_responses_do_not_have_the_link_header(content: bytes) -> None:
    assert "link" not in answer("http", content)


def test_websocket_traffic_passes_unchanged() -> None:
    assert "link" not in answer("websocket", b"text/html")


def test_every_announced_file_is_served() -> None:
    paths = re.findall(r"<([^>]+)>", link_header())
    assert len(paths) == len(OURS) + len(STREAMLITS) + 1, "a chunk was renamed by Streamlit"
    for path in paths:
        folder, name = path.rsplit("/", 1)
        if folder == "/static/js":
            assert (assets.CHUNKS / name).is_file()
        else:
            assert path == assets.url(name)
            assert name == "plotly.min.js" or (assets.FOLDER / name).is_file()
