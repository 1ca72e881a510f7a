"""The error boundary: the visitor sees one sentence, the log gets the traceback."""

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


class Notice(Exception):  # noqa: N818 - a message for the visitor, not an error
    """A message for the visitor, raised outside `core` (a full queue, a missing model)."""


@contextmanager
def guard() -> Generator[None]:
    """Run a section of a page so that an error inside it does not affect the rest.

    The message of a `ValueError` raised in `core` is written for the visitor and is shown,
    translated if it is an `InputError`; the same holds for a `Notice`. Any other exception is a
    bug: the page shows a general message and the log gets the traceback. Streamlit's control flow
    (rerun, stop) passes through, because it does not derive from `Exception`.
    """
    try:
        yield
    except Exception as error:
        sentence(sentence_of(error))


def guarded(key: str, action: Callable[[], None]) -> None:
    """Run a callback; keep the message of an error for `show_trouble(key)` to show on the page."""
    try:
        action()
    except Exception as error:
        st.session_state[f"{key}·trouble"] = sentence_of(error)


def show_trouble(key: str) -> None:
    """Show, once, the error message of the component's callback, if there is one."""
    message = st.session_state.pop(f"{key}·trouble", None)
    if message:
        sentence(message)


def sentence_of(error: Exception) -> str:
    """Return the message for the visitor, in their language; log the error if it is a bug."""
    if isinstance(error, InputError) and _from_core(error.__traceback__):
        return error.translated(translated)
    if isinstance(error, Notice) or (
        isinstance(error, ValueError) and _from_core(error.__traceback__)
    ):
        return str(error)
    # The message may contain what a visitor typed, so only its type and location are logged.
    log.error("a section of a page failed: %s\n%s", type(error).__name__, _places(error))
    return _(
        "Something went wrong in this section. The rest of the page still works; details are in "
        "the server log."
    )


def in_language(text: str) -> str:
    """Return a sentence from `core` in the visitor's language, or any other text unchanged."""
    return text.translated(translated) if isinstance(text, Sentence) else text


def sentence(text: str) -> None:
    """Show one sentence about a problem in place of the result."""
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


@contextmanager
def without_visitor_warnings() -> Generator[None]:
    """Silence Streamlit's warning that no visitor is there, where that is intended."""
    logger = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
