"""Load the app's own components (live slider, plot, token strip, …) and connect their state.

Each one is a Streamlit v2 component (no iframe) whose JavaScript is a file in `ui/frontend`, served
under `/lab/`. Streamlit repeats a component's script with every message, so that script is only a
short stub that imports the file.

A control's value is kept in `st.session_state[key]` (see `ui.values`). The component's own widget
state, under `key + "·live"`, only transports it.
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
    """Return JavaScript that loads `ui/frontend/<module>.js` once and calls it on every run."""
    path = json.dumps(assets.url(f"{module}.js"))
    return (
        f"const at=new URL({path},location.origin).href;let run;\n"
        "const load=import(at).then(m=>{run=m.default});\n"
        "export default function(c){if(run)run(c);else load.then(()=>run(c))}\n"
    )


@cache
def component(module: str) -> Callable[..., Any]:
    """Return the v2 component whose code is `ui/frontend/<module>.js`."""
    return st.components.v2.component(f"lab_{module}", js=_stub(module), isolate_styles=False)


def show(module: str, suffix: str, key: str, message: dict[str, Any], **callbacks: Any) -> None:
    """Put a component on the page; the message includes its name for the fast path."""
    name = f"{key}·{suffix}"
    data = pack({"id": name, "key": key} | message)
    if not collect(name, data):
        component(module)(key=name, data=data, **callbacks)


def mount(module: str, key: str, message: dict[str, Any], clean: Clean, place: str = "") -> None:
    """Put a live control on the page; `clean(raw)` returns a valid value, or None.

    Controls that replace each other (for example one for each number of outcomes) can share one
    component by sharing a `place`; the browser then updates it instead of building a new one.
    """
    place = place or key
    expect(key, clean)
    message = {"key": key, "seq": sequence(key), "live": current_token()} | message
    show(module, "live", place, message, on_value_change=lambda: _receive(key, place))


def _receive(key: str, place: str) -> None:
    """Copy `[value, seq]` from the component's state into the session."""
    state = st.session_state.get(f"{place}·live")
    take(key, state.get("value") if state is not None else None)
