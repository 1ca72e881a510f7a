"""The view that is being drawn: where its components' messages go, and what it has asked once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ui.wire import stamped

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """A component's new message, by the component's name."""

    name: str
    data: bytes


@dataclass(slots=True)
class Drawing:
    """The view that is being drawn.

    Attributes:
        token: What its controls send their changes to; "" where there is no fast path.
        name: Its own.
        collected: On the fast path, everything drawn so far, in order; None on Streamlit's way.
        blocks: How many blocks of HTML it has so far.
        answers: Answers of `once`, by name.
        stale: Whether something was left out that Streamlit's run must bring.
    """

    token: str
    name: str
    collected: list[Any] | None = None
    blocks: int = 0
    answers: dict[str, Any] = field(default_factory=dict)
    stale: bool = False


_current: ContextVar[Drawing | None] = ContextVar("view being drawn", default=None)


@contextmanager
def drawing(token: str, name: str, collected: list[Any] | None = None) -> Generator[Drawing]:
    """Make what is drawn inside belong to one view."""
    current = Drawing(token, name, collected)
    before = _current.set(current)
    try:
        with stamped():
            yield current
    finally:
        _current.reset(before)


def current_token() -> str:
    """Return the token that the controls being drawn send their changes to; "" if none."""
    current = _current.get()
    return current.token if current else ""


def next_block() -> str:
    """Return a name for the next block of HTML of the view being drawn, "" outside of views.

    Blocks are counted in drawing order, so the same block has the same name at every drawing.
    """
    current = _current.get()
    if current is None:
        return ""
    current.blocks += 1
    return f"{current.name}·{current.blocks}"


def collect(name: str, data: bytes) -> bool:
    """Take a component's message on the fast path; False on Streamlit's way, where it mounts."""
    current = _current.get()
    if current is None or current.collected is None:
        return False
    current.collected.append(Part(name, data))
    return True


class FallBack(BaseException):
    """Ends a drawing on the fast path; no error, so that no error boundary takes it for one."""


def fall_back() -> None:
    """Leave the fast path, if this is one: what comes takes long and must be seen coming."""
    if moving():
        raise FallBack


def moving() -> bool:
    """Return whether this drawing is on the fast path: a control is being moved."""
    current = _current.get()
    return current is not None and current.collected is not None


def full_detail() -> bool:
    """Return whether this drawing is to be complete, hover texts and all.

    While the visitor's hand moves a control, what only a pointer finds may be left out. Asking
    marks the drawing as stale: when the hand pauses, the view is drawn again with everything.
    """
    current = _current.get()
    if current is None or current.collected is None:
        return True
    current.stale = True
    return False


def once(name: str, ask: Callable[[], T]) -> T:
    """Return the answer of `ask()`, asked once in each drawing of a view."""
    current = _current.get()
    if current is None:
        return ask()
    if name not in current.answers:
        current.answers[name] = ask()
    return current.answers[name]
