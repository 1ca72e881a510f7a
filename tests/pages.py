"""Helpers for page tests: open a page in-process, operate its controls, read its content.

A live control is a component whose messages are encoded by `ui.wire`. Tests read `message(at, "T")`
and write `send(at, "T", 2.0)`, as the browser does.
"""

from __future__ import annotations

import csv
import html
import importlib
import io
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from unittest import mock

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from charts.i18n import speaking
from tools.site import ROOT, Registered, registered
from ui import layout
from ui.export import download_bytes
from ui.page import Page
from ui.wire import unpack

__all__ = ["ROOT", "Registered", "registered"]

BROKEN = "Something went wrong in this section"

#: Adversarial inputs; each one must be shown as text or rejected with a sentence.
NASTY = {
    "empty": "",
    "blank": " \n\t ",
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "plotly tags": '<b>bold</b><a href="javascript:alert(1)">x</a><br>&lt;',
    "null": "a\0b",
    "family": "👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍💻",
    "direction": "\u202eright\u202c \u200fto\u200e left",
    "template": "{x} {0} %s ${y} {{z}} \\n _('x')",
    "markdown": "# h\n| a |\n|---|\n$\\frac{1}{0}$ :material/home: [x](y)",
    "long": "many words " * 9091,  # 100 001 characters
}

#: Invalid values of URL parameters.
NONSENSE = (
    "abc",
    "",
    "-1",
    "1e999",
    "nan",
    "-inf",
    "99999999999999999999",
    "\0",
    "<b>",
    "⅕",
    "[1]",
)


def app(*, query: Mapping[str, str] | None = None, timeout: float = 60) -> AppTest:
    """Run the whole app once on its home page."""
    at = AppTest.from_file(ROOT / "app.py", default_timeout=timeout)
    at.query_params.update(query or {})
    return at.run()


def open_page(
    topic: str,
    *,
    query: Mapping[str, str] | None = None,
    state: Mapping[str, Any] | None = None,
    timeout: float = 60,
) -> AppTest:
    """Open a page with URL parameters (`query`) and values of controls (`state`)."""
    page = next((page for page in registered() if page.topic == topic), None)
    if page is None:
        raise ValueError(f"no page {topic!r} is registered in app.py")
    at = AppTest.from_file(ROOT / "app.py", default_timeout=timeout)
    if not page.home:
        at._page_hash = _page_hash(str(page.file.relative_to(ROOT)))
    at.query_params.update(query or {})
    return put(at, state or {})


@cache
def _page_hash(script: str) -> str:
    """Return Streamlit's hash of a page; cached, because AppTest needs a run to determine it."""
    at = app().switch_page(script)
    return at._page_hash


def put(at: AppTest, state: Mapping[str, Any]) -> AppTest:
    """Set the values of controls by key, as a scenario does, and run."""
    for key, value in state.items():
        at.session_state[key] = value
    return at.run()


def script(draw: Callable[[], None], *, query: Mapping[str, str] | None = None) -> AppTest:
    """Run a function's body as an app; the body must contain its own imports."""
    at = AppTest.from_function(draw, default_timeout=30)
    at.query_params.update(query or {})
    return at.run()


def describe(topic: str) -> Page:
    """Return a page's declaration in English, outside a session."""
    module = importlib.import_module(f"pages.{topic}.page")
    with speaking("en"):
        return module.page()


def download(at: AppTest, topic: str, filename: str) -> tuple[list[str], list[list[str]]]:
    """Return the header and rows of the file that a download button currently provides."""
    made: list[Callable[[], bytes]] = []

    def record(make: Callable[[], Any]) -> Callable[[], bytes]:
        made.append(download_bytes(make))
        return made[-1]

    with mock.patch.object(layout, "download_bytes", record):
        at.run()
    names = [item.filename for item in describe(topic).downloads]
    data = made[names.index(filename)]()
    assert data.startswith(b"\xef\xbb\xbf"), "spreadsheets need the byte order mark"
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    return header, rows


def messages(at: AppTest) -> list[tuple[str, dict[str, Any]]]:
    """Return the kind ("slider", "plot", …) and the message of every component, in order."""
    return [
        (item.proto.component_name.removeprefix("lab_"), unpack(item.proto.bytes))
        for item in at.get("bidi_component")
    ]


def message(at: AppTest, key: str) -> dict[str, Any]:
    """Return the message of the only component with this key."""
    found = [content for _name, content in messages(at) if content.get("key") == key]
    if len(found) != 1:
        known = [content.get("key") for _name, content in messages(at)]
        raise AssertionError(f"{len(found)} components with key {key!r} among {known}")
    return found[0]


def keys(at: AppTest, kind: str = "") -> list[str]:
    """Return the keys of the components on the page, or of those of one kind."""
    found = messages(at)
    return [content["key"] for name, content in found if "key" in content and kind in ("", name)]


def spec(at: AppTest, key: str) -> dict[str, Any]:
    """Return the figure that was passed to `ui.plot`."""
    return message(at, key)["spec"]


def send(at: AppTest, key: str, value: Any, *, seq: int = 1) -> AppTest:
    """Send a live control's message `[value, seq]`, as the browser does."""
    return send_raw(at, key, json.dumps({"value": [value, seq]}))


def send_raw(at: AppTest, key: str, text: str) -> AppTest:
    """Send any text as a component's state, as a manipulated browser could."""
    return _deliver(at, WidgetState(id=_element(at, key), json_value=text))


def click(at: AppTest, key: str, value: Any) -> AppTest:
    """Click a mark of a plot (a dict) or a chip of a token strip (its index)."""
    return trigger(at, key, "click", value)


def pick(at: AppTest, topic: str, label: str) -> AppTest:
    """Click one of a page's examples, by its label."""
    items = message(at, f"{topic}_examples")["items"]
    index = [item["label"] for item in items].index(label)
    return trigger(at, f"{topic}_examples", "pick", index)


def trigger(at: AppTest, key: str, event: str, value: Any) -> AppTest:
    """Trigger an event of a component, as the browser does."""
    text = json.dumps([{"event": event, "value": value}])
    target = _make_trigger_id(_element(at, key), "events")
    return _deliver(at, WidgetState(id=target, json_trigger_value=text))


def answer(topic: str, index: int, chosen: int) -> dict[str, Any]:
    """Open an experiment with a question, answer it, and return the card with the verdict."""
    at = open_page(topic)
    at.button(key=f"{topic}_experiment_{index}").click().run()
    trigger(at, f"{topic}_question", "answer", chosen)
    assert_whole(at)
    return message(at, f"{topic}_question")


def _element(at: AppTest, key: str) -> str:
    for item in at.get("bidi_component"):
        if unpack(item.proto.bytes).get("key") == key:
            return item.proto.id
    raise AssertionError(f"no component with key {key!r}")


def _deliver(at: AppTest, state: WidgetState) -> AppTest:
    states = at._tree.get_widget_states()
    states.widgets.append(state)
    return at._run(states)


def blocks(at: AppTest) -> list[str]:
    """Return every block of HTML on the page, inside and outside of views."""
    outside = [item.proto.body for item in at.get("html")]
    return outside + [content["html"] for name, content in messages(at) if name == "html"]


def formulas(at: AppTest) -> list[str]:
    """Return the LaTeX of every formula in the views."""
    return [content["latex"] for name, content in messages(at) if name == "formula"]


def sentences(at: AppTest) -> list[str]:
    """Return the error messages on the page as text."""
    found = re.findall(r'<p class="ll-problem"[^>]*>(.*?)</p>', "\n".join(blocks(at)), re.DOTALL)
    return [html.unescape(text) for text in found]


def assert_whole(at: AppTest) -> None:
    """Assert that the page has no exception and no "Something went wrong in this section"."""
    assert not at.exception, [item.value for item in at.exception]
    assert not [text for text in sentences(at) if BROKEN in text], sentences(at)
