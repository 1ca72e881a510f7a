"""How the lab's own components (live slider, plot, token strip, …) are loaded and keep state.

Each is a Streamlit v2 component (no iframe) whose JavaScript is a file in `ui/frontend`, served
under `/lab/`. What Streamlit repeats with every message is a stub of one line that imports that
file, so an update costs its data and nothing else.

State: the value of a live control lies in `st.session_state[key]`, as a plain entry. It survives a
change of page, `set_state` may write it from any callback, and AppTest can set it. The component's
own widget state lies under `key + "·live"` and is only the wire. In the URL the parameter is `key`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st
from streamlit import config as streamlit_config

from ui import assets


def _stub(module: str) -> str:
    """JavaScript that loads `ui/frontend/<module>.js` once and hands every run to it."""
    base = streamlit_config.get_option("server.baseUrlPath").strip("/")
    path = f"/{base}{assets.url(module + '.js')}" if base else assets.url(module + ".js")
    return (
        f"const at=new URL({json.dumps(path)},location.origin).href;let run;\n"
        "const load=import(at).then(m=>{run=m.default});\n"
        "export default function(c){if(run)run(c);else load.then(()=>run(c))}\n"
    )


@cache
def component(module: str) -> Callable[..., Any]:
    """The v2 component whose code is `ui/frontend/<module>.js`."""
    return st.components.v2.component(f"lab_{module}", js=_stub(module), isolate_styles=False)


def sequence(key: str) -> int:
    """Number of the last value that came from the browser: the reply to it carries it back."""
    return int(st.session_state.get(f"{key}·seq", 0))


def receiver(key: str, clean: Callable[[Any], Any]) -> Callable[[], None]:
    """A callback that moves `[value, seq]` from the wire into the session, cleaned."""

    def receive() -> None:
        state = st.session_state.get(f"{key}·live")
        message = state.get("value") if state is not None else None
        if not (isinstance(message, list) and len(message) == 2 and isinstance(message[1], int)):
            return
        st.session_state[f"{key}·seq"] = message[1]
        value = clean(message[0])
        if value is not None:
            st.session_state[key] = value

    return receive


def start(key: str, value: Any, clean: Callable[[Any], Any]) -> Any:
    """The session's value of `key`; at first the URL's if it is sound, else the default."""
    if key in st.session_state:
        held = clean(st.session_state[key])
    else:
        held = clean(st.query_params.get(key))
    current = value if held is None else held
    if st.session_state.get(key) != current or key not in st.session_state:
        st.session_state[key] = current
    return current
