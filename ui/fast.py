"""The short way from a moved slider to the painted figure.

A run of Streamlit costs the browser more than the server: every run tells the whole page that it
has begun and ended, and React goes through all of it. So a live control first asks this module,
over plain HTTP (`ui.middleware`), to draw its view again; what comes back are the new messages of
the view's components, which take them at once. Streamlit learns of it when the visitor's hand has
rested.

The view is the same function, in the visitor's session, with the same cleaned values; only its
elements are collected instead of sent. Where a view has other elements than before (a table that
appears, a sentence about an error), there is no short way: the answer says so, and the control's
change takes Streamlit's own way. Where an element of Streamlit's only says something else (a
formula, a cell of a table, a button that goes gray), it lags: it follows as soon as the hand
pauses.

This leans on Streamlit's internals (`ScriptRunContext`, `ThreadState`) of the one version that is
pinned; `tests/test_ui_fast.py` would tell of a change.
"""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    SCRIPT_RUN_CONTEXT_ATTR_NAME,
    ScriptRunContext,
    ThreadState,
    add_script_run_ctx,
    get_script_run_ctx,
)
from streamlit.runtime.scriptrunner_utils.shared_run_state import SharedRunState

from ui.wire import pack, stamped

MOST_VIEWS = 1024  # remembered; the one longest unused goes first
SWEEP_S = 30.0  # between two looks for visitors who left
T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """A component's new message, by the component's key."""

    key: str
    data: bytes


@dataclasses.dataclass(slots=True)
class _Drawing:
    """The view that is being drawn.

    Attributes:
        token: What its controls send their changes to.
        name: Its own.
        collected: On the short way, everything drawn so far, in order; None on Streamlit's way.
        blocks: How many blocks of HTML it has so far.
        asked: Answers of `once`, by name.
        lags: Whether something was left out that Streamlit's run must bring.
    """

    token: str
    name: str
    collected: list[ForwardMsg | _Part] | None = None
    blocks: int = 0
    asked: dict[str, Any] = dataclasses.field(default_factory=dict)
    lags: bool = False


_current: ContextVar[_Drawing | None] = ContextVar("live view being drawn", default=None)


@dataclasses.dataclass(slots=True)
class _View:
    """A visitor's view: how to draw it again, and what else than components it showed."""

    context: ScriptRunContext
    script_hash: str
    name: str
    draw: Callable[[], None]
    structure: bytes
    words: bytes
    lock: threading.Lock


_views: OrderedDict[str, _View] = OrderedDict()
_lock = threading.Lock()


def current_token() -> str:
    """The token that the controls of the view being drawn send their changes to; "" if none."""
    drawing = _current.get()
    return drawing.token if drawing else ""


def next_block() -> str:
    """A name for the next block of HTML of the view being drawn, "" outside of views.

    Blocks are counted in drawing order, so that the same block has the same name at every drawing.
    """
    drawing = _current.get()
    if drawing is None:
        return ""
    drawing.blocks += 1
    return f"{drawing.name}·{drawing.blocks}"


def collect(key: str, data: bytes) -> bool:
    """Take a component's message on the short way; False on Streamlit's, where it must mount."""
    drawing = _current.get()
    if drawing is None or drawing.collected is None:
        return False
    drawing.collected.append(_Part(key, data))
    return True


class Decline(BaseException):
    """Ends a drawing on the short way; no error, so that no error boundary takes it for one."""


def decline() -> None:
    """Leave the short way, if this is one: what comes takes long and is to be seen coming."""
    drawing = _current.get()
    if drawing is not None and drawing.collected is not None:
        raise Decline


def moving() -> bool:
    """Whether this drawing is on the short way: a slider is being moved."""
    drawing = _current.get()
    return drawing is not None and drawing.collected is not None


def at_rest() -> bool:
    """Whether this drawing is to be whole, hover texts and all.

    While the visitor's hand moves a slider, what only a pointer finds may be left out: asking says
    so, and as soon as the hand pauses the view is drawn once more, with everything.
    """
    drawing = _current.get()
    if drawing is None or not moving():
        return True
    drawing.lags = True
    return False


def once(name: str, ask: Callable[[], T]) -> T:
    """The answer of `ask()`, asked once in a drawing: what cannot change while a view is drawn."""
    drawing = _current.get()
    if drawing is None:
        return ask()
    if name not in drawing.asked:
        drawing.asked[name] = ask()
    return drawing.asked[name]


def live_view(name: str, draw: Callable[[], None]) -> None:
    """Draw a view by Streamlit's own way, and remember how, for the short way."""
    context = get_script_run_ctx()
    if context is None:
        draw()
        return
    token = st.session_state.setdefault(f"{name}·token", secrets.token_urlsafe(18))
    sent: list[ForwardMsg | _Part] = []
    send = context._enqueue

    def record(message: ForwardMsg) -> None:
        sent.append(message)
        send(message)

    context._enqueue = record
    try:
        with _drawing(token, name):
            draw()
    finally:
        context._enqueue = send
    structure, words, _parts = _split(sent)
    script_hash = ThreadState.get().active_script_hash
    with _lock:
        _views[token] = _View(context, script_hash, name, draw, structure, words, threading.Lock())
        _views.move_to_end(token)
        _forget()


def _forget() -> None:
    """Let go of visitors who left, now and then, and of the longest unused where there are many."""
    if time.monotonic() - _Swept.at > SWEEP_S:
        _Swept.at = time.monotonic()
        runtime = Runtime.instance()
        gone = [
            token
            for token, view in _views.items()
            if not runtime.is_active_session(view.context.session_id)
        ]
        for token in gone:
            del _views[token]
    while len(_views) > MOST_VIEWS:
        _views.popitem(last=False)


class _Swept:
    """When departed visitors were last looked for."""

    at = 0.0


@contextmanager
def _drawing(
    token: str, name: str, collected: list[ForwardMsg | _Part] | None = None
) -> Generator[_Drawing]:
    drawing = _Drawing(token, name, collected)
    held = _current.set(drawing)
    try:
        with stamped():
            yield drawing
    finally:
        _current.reset(held)


def _split(messages: list[ForwardMsg | _Part]) -> tuple[bytes, bytes, dict[str, bytes]]:
    """What was drawn, in three parts.

    Returns:
        A digest of the structure: which elements and blocks, in which order.
        A digest of what the elements and blocks that are none of ours say.
        The components' messages by key (short way only).
    """
    structure, words, parts = hashlib.sha256(), hashlib.sha256(), {}
    for message in messages:
        if isinstance(message, _Part):
            parts[message.key] = message.data
            structure.update(message.key.encode())
            continue
        if message.WhichOneof("type") != "delta":
            continue
        delta = message.delta
        kind = delta.WhichOneof("type") or "new_element"
        if kind == "new_element" and delta.new_element.HasField("bidi_component"):
            structure.update(_key_of(delta.new_element.bidi_component.id).encode())
            continue
        # Not the delta itself: that names the fragment, which a drawing of ours has not.
        what = getattr(delta, kind)
        structure.update(f"{kind} {what.WhichOneof('type')}".encode())
        words.update(what.SerializeToString(deterministic=True))
    return structure.digest(), words.digest(), parts


def redraw(token: str, moved: dict[str, Any]) -> bytes | None:
    """Take the values of moved controls, draw the view again, and return its components' messages.

    Args:
        token: From `current_token`, known to one browser only.
        moved: Key of a control to `[value, seq]`, as the wire has it.

    Returns:
        A message for the browser, or None where the change must take Streamlit's own way.
    """
    with _lock:
        view = _views.get(token)
        if view is not None:
            _views.move_to_end(token)
    if view is None:
        return None
    with view.lock:
        return copy_context().run(_redraw, token, view, moved)


def _redraw(token: str, view: _View, moved: dict[str, Any]) -> bytes | None:
    from ui.live import take  # it asks this module for the token

    messages: list[ForwardMsg | _Part] = []
    context = dataclasses.replace(
        view.context,
        _enqueue=messages.append,
        shared=SharedRunState(),
        fragment_storage=MemoryFragmentStorage(),
        cursors={},
        yield_check=lambda: None,
    )
    thread = threading.current_thread()
    before = get_script_run_ctx(suppress_warning=True)
    add_script_run_ctx(thread, context)
    ThreadState.initialize(active_script_hash=view.script_hash)
    try:
        for key, message in moved.items():
            take(key, message)
        with _drawing(token, view.name, messages) as drawing:
            view.draw()
    except BaseException:  # Streamlit's own control flow among them: it needs a run of the script
        return None
    finally:
        # Not by add_script_run_ctx, for which None means the context that is there already.
        setattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, before)
    structure, words, parts = _split(messages)
    if structure != view.structure:
        return None
    raw = {key: np.frombuffer(data, np.uint8) for key, data in parts.items()}
    return pack({"parts": raw, "lags": drawing.lags or words != view.words})


def _key_of(component_id: str) -> str:
    """The key at the end of a component's id, "$$ID-<hash>-<key>"."""
    return component_id.split("-", 2)[-1]
