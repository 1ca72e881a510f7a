"""The only module that uses Streamlit's private API, which the fast path needs.

It is written for the pinned version; `tests/frame/test_fast_path.py` detects changes.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import streamlit
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

VERSION = "1.67.0"
if streamlit.__version__ != VERSION:
    raise ImportError(f"it needs Streamlit {VERSION}, but {streamlit.__version__} is installed")

Context = ScriptRunContext
Message = ForwardMsg


def current_context() -> Context | None:
    """Return the context of the script run on this thread; None outside of runs."""
    return get_script_run_ctx(suppress_warning=True)


def current_script() -> str:
    """Return the hash of the script that is running on this thread."""
    return ThreadState.get().active_script_hash


def session_ended(session_id: str) -> bool:
    """Return whether a visitor's session has ended."""
    return not Runtime.instance().is_active_session(session_id)


def session_count() -> int:
    """Return the number of sessions with an open websocket."""
    return Runtime.instance()._session_mgr.num_active_sessions()


@contextmanager
def recorded(context: Context, seen: list[Any]) -> Generator[None]:
    """Record every message that is sent inside, and send it."""
    send = context._enqueue

    def note(message: Message) -> None:
        seen.append(message)
        send(message)

    context._enqueue = note
    try:
        yield
    finally:
        context._enqueue = send


@contextmanager
def collecting(context: Context, script: str, take: Callable[[Message], None]) -> Generator[None]:
    """Run the block in a visitor's session, with messages passed to `take`, not to the browser."""
    collector = dataclasses.replace(
        context,
        _enqueue=take,
        shared=SharedRunState(),
        fragment_storage=MemoryFragmentStorage(),
        cursors={},
        yield_check=lambda: None,
    )
    with in_session(collector):
        ThreadState.initialize(active_script_hash=script)
        yield


@contextmanager
def in_session(context: Context | None) -> Generator[None]:
    """Set this thread's context to a visitor's; restore the previous one afterwards."""
    thread = threading.current_thread()
    before = getattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, None)
    add_script_run_ctx(thread, context)
    try:
        yield
    finally:
        # add_script_run_ctx cannot do this: it interprets None as the current context.
        if before is None and hasattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME):
            delattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME)
        else:
            setattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, before)


def component_name(message: Message) -> str | None:
    """Return the name of the component in a message; None for any other element."""
    delta = message.delta
    if delta.WhichOneof("type") == "new_element" and delta.new_element.HasField("bidi_component"):
        # The id is "$$ID-<hash>-<name>".
        return delta.new_element.bidi_component.id.split("-", 2)[-1]
    return None


def element(message: Message) -> tuple[str, bytes] | None:
    """Return the kind and the content of an element or block; None for other messages."""
    if message.WhichOneof("type") != "delta":
        return None
    kind = message.delta.WhichOneof("type") or "new_element"
    # The delta itself also contains the fragment's id, which is missing on the fast path.
    what = getattr(message.delta, kind)
    return f"{kind} {what.WhichOneof('type')}", what.SerializeToString(deterministic=True)
