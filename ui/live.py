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
from ui.fast import collect, current_token
from ui.wire import pack

Clean = Callable[[Any], Any]


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


def show(module: str, suffix: str, key: str, message: dict[str, Any], **callbacks: Any) -> None:
    """Put a component on the page; its message tells it its name on the short way (`ui.fast`)."""
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
    st.session_state[f"{key}·clean"] = clean
    message = {"key": key, "seq": sequence(key), "live": current_token()} | message
    show(module, "live", place, message, on_value_change=lambda: _receive(key, place))


def _receive(key: str, place: str) -> None:
    """Move `[value, seq]` from the component's state into the session."""
    state = st.session_state.get(f"{place}·live")
    take(key, state.get("value") if state is not None else None)


def take(key: str, message: Any) -> None:
    """Write a control's value, as the wire has it, into the session, cleaned; nonsense is left."""
    clean = st.session_state.get(f"{key}·clean")
    if not callable(clean) or not isinstance(message, list) or len(message) != 2:
        return
    value, seq = message
    if not isinstance(seq, int) or isinstance(seq, bool):
        return
    st.session_state[f"{key}·seq"] = seq
    cleaned = clean(value)
    if cleaned is not None:
        st.session_state[key] = cleaned


def assign(key: str, stored: Any) -> None:
    """Write a control's stored value. For callbacks, which run before the controls are drawn."""
    st.session_state[key] = stored


def start(key: str, value: Any, clean: Clean) -> Any:
    """The session's value of `key`; at first the URL's if it is sound, else the default."""
    if key in st.session_state:
        held = clean(st.session_state[key])
    else:
        held = clean(st.query_params.get(key))
    current = value if held is None else held
    if st.session_state.get(key) != current or key not in st.session_state:
        st.session_state[key] = current
    return current
