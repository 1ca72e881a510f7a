"""Redraw a view for a changed control and return the new messages of its components."""

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

MOST_VIEWS = 1024  # remembered views; the least recently used is dropped first
SWEEP_S = 30.0  # interval between searches for ended sessions
PATIENCE_S = 0.25  # maximum wait for the same visitor's Streamlit run before falling back


@dataclass(slots=True)
class _View:
    """A visitor's view: how to redraw it, and digests of its structure and its native elements."""

    context: Any
    script: str
    name: str
    draw: Callable[[], None]
    structure: bytes
    words: bytes
    lock: Any  # the lock of its session


_views: OrderedDict[str, _View] = OrderedDict()
#: One lock per session, so that a script run and a redraw of one visitor never overlap.
_session_locks: dict[str, Any] = {}
_lock = threading.Lock()


def draw_view(name: str, draw: Callable[[], None]) -> None:
    """Draw a view in a Streamlit run, and remember it for the fast path."""
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
    """Drop views of ended sessions periodically, and the least recently used over the limit."""
    if time.monotonic() - _Swept.at > SWEEP_S:
        _Swept.at = time.monotonic()
        ended = [t for t, v in _views.items() if internals.session_ended(v.context.session_id)]
        for token in ended:
            _session_locks.pop(_views.pop(token).context.session_id, None)
    while len(_views) > MOST_VIEWS:
        _views.popitem(last=False)


class _Swept:
    """Time of the last search for ended sessions."""

    at = 0.0


def _split(messages: list[Any]) -> tuple[bytes, bytes, dict[str, bytes]]:
    """Split the messages of a drawing.

    Returns:
        A digest of the structure: the elements and blocks in order.
        A digest of the content of Streamlit's own elements and blocks.
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


def visitor() -> str | None:
    """Return the id of the session for which this thread runs; None outside of sessions."""
    context = internals.current_context() if internals else None
    return context.session_id if context is not None else None


def owner_of(token: str) -> str | None:
    """Return the id of the session to which a view belongs; None if there is no such view."""
    with _lock:
        view = _views.get(token)
        return view.context.session_id if view is not None else None


def session_lives(token: str) -> bool:
    """Return whether the session of a view is connected to this process."""
    owner = owner_of(token)
    return owner is not None and not internals.session_ended(owner)


def redraw(token: str, changed: dict[str, Any]) -> bytes | None:
    """Store the values of changed controls, redraw the view, and return its components' messages.

    Args:
        token: From `current_token`; only one browser has it.
        changed: Maps the key of each control to `[value, number]` from the browser.

    Returns:
        A message for the browser, or None if the change needs a Streamlit rerun.
    """
    with _lock:
        view = _views.get(token)
        if view is not None:
            _views.move_to_end(token)
    if view is None or not view.lock.acquire(timeout=PATIENCE_S):
        return None
    try:
        return copy_context().run(_redraw, token, view, changed)
    finally:
        view.lock.release()


def _redraw(token: str, view: _View, changed: dict[str, Any]) -> bytes | None:
    messages: list[Any] = []
    try:
        with internals.collecting(view.context, view.script, messages.append):
            for key, message in changed.items():
                take(key, message)
            with drawing(token, view.name, messages) as current:
                view.draw()
        structure, words, parts = _split(messages)
    except FallBack:
        return None
    except Exception as error:
        log.error("the fast path failed: %s at %s", type(error).__name__, _place(error))
        return None
    except BaseException:  # Streamlit's control flow (rerun, stop) needs a script run.
        return None
    if structure != view.structure:
        return None
    raw = {name: np.frombuffer(data, np.uint8) for name, data in parts.items()}
    return pack({"parts": raw, "stale": current.stale or words != view.words})


def _place(error: BaseException) -> str:
    """Return where an error was raised, without its message, which may contain a visitor's text."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return "an unknown place"
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
