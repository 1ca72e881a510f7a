"""The garbage collector's pauses: what stays for good is set apart, what visitors leave is not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Generator

import pytest

from ui import gc_tuning


@pytest.fixture(autouse=True)
def as_before() -> Generator[None]:
    """Leave this process's collector as the other tests found it."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Thing:
    """Something that refers to itself, as the leavings of a run do."""

    def __init__(self) -> None:
        self.me = self


def test_what_is_loaded_is_looked_at_no_more() -> None:
    before = gc.get_freeze_count()
    gc_tuning.freeze_loaded()
    assert gc.get_freeze_count() > before + 10_000
    assert len(gc.get_objects()) < 10_000


def test_what_comes_later_is_still_collected() -> None:
    gc_tuning.freeze_loaded()
    gone = weakref.ref(Thing())
    assert gone() is not None
    gc.collect()
    assert gone() is None


def test_what_was_garbage_before_is_not_kept_for_ever() -> None:
    gc.disable()
    try:
        gone = weakref.ref(Thing())
        gc_tuning.freeze_loaded()
        assert gone() is None
    finally:
        gc.enable()


def test_collections_come_less_often_but_come() -> None:
    gc_tuning.freeze_loaded()
    young, middle, old = gc.get_threshold()
    assert 700 < young <= 5000, "more at once would itself be a pause that a hand feels"
    assert middle >= 10
    assert 10 <= old <= 100
    assert gc.isenabled()
