"""State of the view that is being drawn: its collected messages and its cached values."""

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
    """A component's name and its new message."""

    name: str
    data: bytes


@dataclass(slots=True)
class Drawing:
    """The view that is being drawn.

    Attributes:
        token: Token to which its controls post changes; "" without the fast path.
        name: Name of the view.
        collected: On the fast path, the messages so far, in order; None in a Streamlit run.
        blocks: Number of blocks of HTML so far.
        answers: Cached results of `once`, by name.
        stale: Whether the drawing is incomplete and needs a Streamlit rerun.
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
    """Assign everything drawn inside to one view."""
    current = Drawing(token, name, collected)
    before = _current.set(current)
    try:
        with stamped():
            yield current
    finally:
        _current.reset(before)


def current_token() -> str:
    """Return the token to which the controls being drawn post changes; "" if there is none."""
    current = _current.get()
    return current.token if current else ""


def next_block() -> str:
    """Return a name for the next block of HTML of the view being drawn; "" outside of views.

    Blocks are numbered in drawing order, so a block has the same name in every drawing.
    """
    current = _current.get()
    if current is None:
        return ""
    current.blocks += 1
    return f"{current.name}·{current.blocks}"


def collect(name: str, data: bytes) -> bool:
    """Collect a component's message on the fast path; return False in a Streamlit run."""
    current = _current.get()
    if current is None or current.collected is None:
        return False
    current.collected.append(Part(name, data))
    return True


class FallBack(BaseException):
    """Ends a drawing on the fast path; not an `Exception`, so error boundaries let it pass."""


def fall_back() -> None:
    """Leave the fast path, if on it, because the next step is slow and must show its progress."""
    if moving():
        raise FallBack


def moving() -> bool:
    """Return whether this drawing is on the fast path, that is, a control is being dragged."""
    current = _current.get()
    return current is not None and current.collected is not None


def full_detail() -> bool:
    """Return whether this drawing must be complete, including hover texts.

    While a control is being dragged, hover texts may be omitted. A call on the fast path marks the
    drawing as stale, so that the view is redrawn completely when the drag pauses.
    """
    current = _current.get()
    if current is None or current.collected is None:
        return True
    current.stale = True
    return False


def once(name: str, compute: Callable[[], T]) -> T:
    """Return the result of `compute()`, called once per drawing of a view."""
    current = _current.get()
    if current is None:
        return compute()
    if name not in current.answers:
        current.answers[name] = compute()
    return current.answers[name]
