"""How the lab's own components (live slider, plot, token strip, …) are loaded and keep state.

Each is a Streamlit v2 component (no iframe) whose JavaScript is a file in `ui/frontend`, served
under `/lab/`. What Streamlit repeats with every message is a stub of one line that imports that
file, so an update costs its data and nothing else.

A control's value lies in `st.session_state[key]` (see `ui.values`); the component's own widget
state lies under `key + "·live"` and only carries it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from ui import assets
from ui.fast_path import collect, current_token
from ui.values import Clean, expect, sequence, take
from ui.wire import pack


def _stub(module: str) -> str:
    """JavaScript that loads `ui/frontend/<module>.js` once and hands every run to it."""
    path = json.dumps(assets.url(f"{module}.js"))
    return (
        f"const at=new URL({path},location.origin).href;let run;\n"
        "const load=import(at).then(m=>{run=m.default});\n"
        "export default function(c){if(run)run(c);else load.then(()=>run(c))}\n"
    )


@cache
def component(module: str) -> Callable[..., Any]:
    """The v2 component whose code is `ui/frontend/<module>.js`."""
    return st.components.v2.component(f"lab_{module}", js=_stub(module), isolate_styles=False)


def show(module: str, suffix: str, key: str, message: dict[str, Any], **callbacks: Any) -> None:
    """Put a component on the page; its message tells it its name on the fast path."""
    name = f"{key}·{suffix}"
    data = pack({"id": name, "key": key} | message)
    if not collect(name, data):
        component(module)(key=name, data=data, **callbacks)


def mount(module: str, key: str, message: dict[str, Any], clean: Clean, place: str = "") -> None:
    """Put a live control on the page; `clean(raw)` gives its value, or None for nonsense.

    Controls that take turns at one `place` (one for each number of outcomes, say) share a component
    there: the browser need not take one away and build the next.
    """
    place = place or key
    expect(key, clean)
    message = {"key": key, "seq": sequence(key), "live": current_token()} | message
    show(module, "live", place, message, on_value_change=lambda: _receive(key, place))


def _receive(key: str, place: str) -> None:
    """Move `[value, seq]` from the component's state into the session."""
    state = st.session_state.get(f"{place}·live")
    take(key, state.get("value") if state is not None else None)
