"""Every page starts with a document that has its title; other addresses list the pages."""

from __future__ import annotations

import asyncio
import re
import tomllib
from typing import Any

import plotly
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

import app
from tests.pages import ROOT, registered
from ui import assets, document
from ui.document import OURS, STREAMLITS, Document, Words, complete, link_header
from ui.moved import Moved

INDEX = (assets.CHUNKS.parents[1] / "index.html").read_text(encoding="utf-8")


def answer(path: str, content: str = "text/html; charset=utf-8", body: str = INDEX, **headers: str):
    """Return the response to a request, for which Streamlit would send `body` in two pieces."""
    headers = {"accept": "text/html,*/*;q=0.8"} | headers

    async def streamlit(scope: Any, _receive: Any, send: Any) -> None:
        assert "text/html" not in headers["accept"] or not Headers(scope=scope).get(
            "accept-encoding"
        ), "Streamlit would compress the document"
        names = [
            (b"content-type", content.encode()),
            (b"content-length", str(len(body.encode())).encode()),
            (b"x-other", b"kept"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": names})
        pieces = body[:50].encode(), body[50:].encode()
        await send({"type": "http.response.body", "body": pieces[0], "more_body": True})
        await send({"type": "http.response.body", "body": pieces[1]})

    wrapped = Document(streamlit, paths=app.PATHS, describe=app.describe)
    return TestClient(wrapped).get(path, headers=headers)


@pytest.mark.parametrize("page", registered(), ids=lambda page: page.topic)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_starts_with_its_title_and_summary(page: Any, language: str) -> None:
    found = answer(f"{page.path}?lang={language}")
    assert found.status_code == 200
    words = app.describe(page.topic, language)
    assert f"<title>{words.title} · Logit Lab</title>" in found.text
    assert f"<h1>{words.title}</h1><p>" in found.text
    assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}">' in found.text
    assert found.text.count('<div id="root"></div>') == 1
    assert "window.__streamlit={BACKEND_BASE_URL:location.origin+" in found.text
    assert found.headers["link"] == link_header()
    assert found.headers["x-other"] == "kept"
    assert found.headers["content-encoding"] == "gzip"
    plain = answer(f"{page.path}?lang={language}", **{"accept-encoding": "identity"})
    assert plain.text == found.text
    assert int(plain.headers["content-length"]) == len(plain.content)
    if language == "zh":
        assert re.search("[\u4e00-\u9fff]", words.title + words.summary)


def test_the_title_is_escaped() -> None:
    found = complete(INDEX, Words("<b>&", "</p><script>"), "en")
    assert "<title>&lt;b&gt;&amp; · Logit Lab</title>" in found
    assert "</p><script>" not in found.replace(document._STYLE, "").split('id="ll-first"')[1][:300]


def test_the_browsers_language_counts_without_a_choice() -> None:
    chinese = answer("/entropy", **{"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert '<html lang="zh-Hans">' in chinese.text
    assert '<html lang="en">' in answer("/entropy", **{"accept-language": "de,zh"}).text
    assert '<html lang="en">' in answer("/entropy?lang=xx").text


@pytest.mark.parametrize("path", ["/nope", "/entropy/foo", "/Entropy", "/entropy.html", "/%3Cb%3E"])
def test_another_address_shows_a_list_of_all_pages(path: str) -> None:
    found = answer(f"{path}?lang=zh")
    assert found.status_code == 404
    assert "页面不存在" in found.text
    links = re.findall(r'<a href="([^"]+)"', found.text)
    assert links == [f"{page.path}?lang=zh" for page in registered()]
    assert "<b>" not in found.text
    assert "Page not found" in answer(path).text


def test_links_keep_a_sub_path(monkeypatch) -> None:
    monkeypatch.setattr(assets, "base", lambda: "/lab-app")
    assert answer("/lab-app/entropy").status_code == 200
    found = answer("/lab-app/nope")
    assert found.status_code == 404
    assert 'href="/lab-app/entropy?lang=en"' in found.text


@pytest.mark.parametrize(
    ("content", "accept"),
    [("text/javascript", "text/html"), ("", "text/html"), ("text/html", "application/json")],
)
def test_other_responses_pass_unchanged(content: str, accept: str) -> None:
    found = answer("/nope", content, accept=accept)
    assert found.status_code == 200
    assert found.text == INDEX
    assert "link" not in found.headers


def test_websocket_traffic_passes_unchanged() -> None:
    seen: list[str] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_arguments: Any) -> Any:
        return {}

    asyncio.run(Document(inner, {}, app.describe)({"type": "websocket"}, nothing, nothing))
    assert seen == ["websocket"]


def files() -> TestClient:
    """Return a client of the routes and the middleware that serve files."""
    layers = [Middleware(assets.StreamlitFiles)]
    return TestClient(Starlette(routes=assets.routes(app.HOME), middleware=layers))


def test_every_announced_file_is_served() -> None:
    paths = re.findall(r"<([^>]+)>", link_header())
    assert len(paths) == len(OURS) + len(STREAMLITS) + 1, "a chunk was renamed by Streamlit"
    client = files()
    for path in paths:
        found = client.get(path)
        assert found.status_code == 200, path
        assert found.headers["content-encoding"] == "gzip", path
        assert "immutable" in found.headers["cache-control"], path


def test_streamlits_files_are_served_compressed_and_unchanged() -> None:
    client = files()
    names = re.findall(r'(?:src|href)="\./(static/[^"]+)"', INDEX)
    names = [name for name in names if name.endswith((".js", ".css"))]
    assert len(names) > 40
    for name in names:
        found = client.get(f"/{name}")
        assert found.status_code == 200, name
        assert found.content == (assets.CHUNKS.parents[1] / name).read_bytes()
        assert found.headers["content-encoding"] == "gzip", name
        plain = client.get(f"/{name}", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == found.content


@pytest.mark.parametrize("name", ["nope.js", "js/nope.js", "../index.html", "..%2findex.html", ""])
def test_nothing_else_is_served(name: str) -> None:
    client = files()
    assert client.get(f"/static/{name}").status_code == 404


def test_the_small_builds_have_the_version_of_the_full_library() -> None:
    assert plotly.__version__ == "7.1.0"
    head = assets.PLOTLY.read_bytes()[:200].decode()
    assert f"plotly.js v{assets.PLOTLY_VERSION}" in head
    for kind in assets.PLOTLY_BUILDS:
        build = assets.plotly_build(kind)
        if build.is_file():
            assert f"v{assets.PLOTLY_VERSION}" in build.read_bytes()[:200].decode()


def test_the_colors_of_the_sketch_are_those_of_the_theme() -> None:
    themes = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
    light, dark = re.findall(r":root\{([^}]+)\}", document._STYLE)
    names = {"g": "backgroundColor", "i": "textColor", "p": "secondaryBackgroundColor"}
    for css, theme in ((light, themes["light"]), (dark, themes["dark"])):
        shown = dict(part.removeprefix("--").split(":") for part in css.split(";"))
        assert {name: shown[short] for short, name in names.items()} == {
            name: theme[name] for name in names.values()
        }
        assert shown["a"] == theme["primaryColor"]


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/?T=0.7&k=3&lang=zh", "/sampling?T=0.7&k=3&lang=zh"),
        ("/?sampling_view=draw", "/sampling?sampling_view=draw"),
        ("/?T=", "/sampling?T="),
        ("/", None),
        ("/?lang=zh&present=1", None),
        ("/?home_text=T%3D1", None),
        ("/entropy?T=1", None),
    ],
)
def test_old_links_to_the_root_open_the_sampling_sandbox(path: str, to: str | None) -> None:
    inner = Starlette(routes=[Route("/{rest:path}", lambda _request: PlainTextResponse("here"))])
    moved = Moved(inner, "/sampling", app._sampling_parameters)
    found = TestClient(moved, follow_redirects=False).get(path)
    assert found.headers.get("location") == to
    assert (found.status_code, found.text) == ((200, "here") if to is None else (307, ""))
