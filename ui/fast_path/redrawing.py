"""Draw a view again for a moved control, and answer with its components' new messages."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from ui.fast_path.drawing import FallBack, Part, drawing
from ui.fast_path.session import internals, log
from ui.values import take
from ui.wire import pack

MOST_VIEWS = 1024  # remembered; the one longest unused goes first
SWEEP_S = 30.0  # between two looks for visitors who left
PATIENCE_S = 0.25  # for a run of the same visitor's to end, before the change takes Streamlit's way


@dataclass(slots=True)
class _View:
    """A visitor's view: how to draw it again, and what else than components it showed."""

    context: Any
    script: str
    name: str
    draw: Callable[[], None]
    structure: bytes
    words: bytes
    lock: Any  # its session's


_views: OrderedDict[str, _View] = OrderedDict()
#: One for each session: a run of the script and a redraw of one visitor never draw at once.
_session_locks: dict[str, Any] = {}
_lock = threading.Lock()


def draw_view(name: str, draw: Callable[[], None]) -> None:
    """Draw a view by Streamlit's own way, and remember how, for the fast path."""
    context = internals.current_context() if internals else None
    if context is None:
        with drawing("", name):
            draw()
        return
    token = st.session_state.setdefault(f"{name}·token", secrets.token_urlsafe(18))
    sent: list[Any] = []
    with _lock:
        lock = _session_locks.setdefault(context.session_id, threading.RLock())
    with lock, internals.recorded(context, sent), drawing(token, name):
        draw()
    structure, words, _parts = _split(sent)
    script = internals.current_script()
    with _lock:
        _views[token] = _View(context, script, name, draw, structure, words, lock)
        _views.move_to_end(token)
        _forget()


def _forget() -> None:
    """Forget visitors who left, now and then, and the views longest unused where there are many."""
    if time.monotonic() - _Swept.at > SWEEP_S:
        _Swept.at = time.monotonic()
        gone = [t for t, v in _views.items() if internals.session_ended(v.context.session_id)]
        for token in gone:
            _session_locks.pop(_views.pop(token).context.session_id, None)
    while len(_views) > MOST_VIEWS:
        _views.popitem(last=False)


class _Swept:
    """When departed visitors were last looked for."""

    at = 0.0


def _split(messages: list[Any]) -> tuple[bytes, bytes, dict[str, bytes]]:
    """Split what was drawn.

    Returns:
        A digest of the structure: which elements and blocks, in which order.
        A digest of what the elements and blocks that are none of ours say.
        The components' messages by name (fast path only).
    """
    structure, words, parts = hashlib.sha256(), hashlib.sha256(), {}
    for message in messages:
        if isinstance(message, Part):
            parts[message.name] = message.data
            structure.update(message.name.encode())
        elif (name := internals.component_name(message)) is not None:
            structure.update(name.encode())
        elif (element := internals.element(message)) is not None:
            structure.update(element[0].encode())
            words.update(element[1])
    return structure.digest(), words.digest(), parts


def redraw(token: str, moved: dict[str, Any]) -> bytes | None:
    """Take the values of moved controls, draw the view again, and return its components' messages.

    Args:
        token: From `current_token`, known to one browser only.
        moved: Key of a control to `[value, number]`, as the browser sends it.

    Returns:
        A message for the browser, or None where the change must take Streamlit's own way.
    """
    with _lock:
        view = _views.get(token)
        if view is not None:
            _views.move_to_end(token)
    if view is None or not view.lock.acquire(timeout=PATIENCE_S):
        return None
    try:
        return copy_context().run(_redraw, token, view, moved)
    finally:
        view.lock.release()


def _redraw(token: str, view: _View, moved: dict[str, Any]) -> bytes | None:
    messages: list[Any] = []
    try:
        with internals.collecting(view.context, view.script, messages.append):
            for key, message in moved.items():
                take(key, message)
            with drawing(token, view.name, messages) as current:
                view.draw()
        structure, words, parts = _split(messages)
    except FallBack:
        return None
    except Exception as error:
        log.error("the fast path failed: %s at %s", type(error).__name__, _place(error))
        return None
    except BaseException:  # Streamlit's control flow (rerun, stop), which needs a run of the script
        return None
    if structure != view.structure:
        return None
    raw = {name: np.frombuffer(data, np.uint8) for name, data in parts.items()}
    return pack({"parts": raw, "stale": current.stale or words != view.words})


def _place(error: BaseException) -> str:
    """Where an error was raised; its text may hold what a visitor typed, and stays out of logs."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return "an unknown place"
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
