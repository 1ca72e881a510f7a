"""One boundary for errors: a sentence for the person, a traceback for the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import streamlit as st

from charts.i18n import _, translated
from core.errors import InputError, Sentence
from ui.html import emit, escape

log = logging.getLogger("logitlab")

_CORE = Path(__file__).resolve().parent.parent / "core"


class Notice(Exception):  # noqa: N818 - news for the visitor, not a fault
    """A sentence for the visitor, raised by the frame itself (a full queue, a missing model)."""


@contextmanager
def guard() -> Generator[None]:
    """Run a part of a page; what goes wrong inside stays inside.

    A `ValueError` raised in `core` is written for the visitor and shown, translated if it is an
    `InputError`; so is a `Notice`. Anything else is our fault: the page says so, the log keeps the
    traceback. Streamlit's own control flow (rerun, stop) passes, being no `Exception`.
    """
    try:
        yield
    except Exception as error:
        sentence(sentence_of(error))


def guarded(key: str, action: Callable[[], None]) -> None:
    """Run a callback. It has no place on the page, so `show_trouble(key)` tells what went wrong."""
    try:
        action()
    except Exception as error:
        st.session_state[f"{key}·trouble"] = sentence_of(error)


def show_trouble(key: str) -> None:
    """Show, once, what went wrong in the callback of the component `key`."""
    told = st.session_state.pop(f"{key}·trouble", None)
    if told:
        sentence(told)


def sentence_of(error: Exception) -> str:
    """Return the sentence for the visitor, in their language; where the fault is ours, log it."""
    if isinstance(error, InputError) and _from_core(error.__traceback__):
        return error.translated(translated)
    if isinstance(error, Notice) or (
        isinstance(error, ValueError) and _from_core(error.__traceback__)
    ):
        return str(error)
    # The message may hold what a visitor typed; the log gets places and type alone.
    log.error("a part of a page failed: %s\n%s", type(error).__name__, _places(error))
    return _(
        "Something went wrong in this section. The rest of the page still works; details are in "
        "the server log."
    )


def in_language(text: str) -> str:
    """Return a sentence of `core` in the visitor's language; any other text as it is."""
    return text.translated(translated) if isinstance(text, Sentence) else text


def sentence(text: str) -> None:
    """Show one sentence about a problem, where the result would have stood."""
    emit(f'<p class="ll-problem" role="alert">{escape(in_language(text))}</p>')


def _from_core(traceback: TracebackType | None) -> bool:
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return _CORE in Path(traceback.tb_frame.f_code.co_filename).resolve().parents


def _places(error: BaseException) -> str:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    return "".join(f"  {frame.filename}:{frame.lineno} in {frame.name}\n" for frame in frames)
