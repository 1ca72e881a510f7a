"""Garbage collection: permanent objects are exempt, the visitors' objects are not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Generator

import pytest

from ui import gc_tuning


@pytest.fixture(autouse=True)
def as_before() -> Generator[None]:
    """Restore the settings of the collector after the test."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Thing:
    """An object in a reference cycle, as script runs leave behind."""

    def __init__(self) -> None:
        self.me = self


def test_loaded_objects_are_exempt_from_collection() -> None:
    before = gc.get_freeze_count()
    gc_tuning.freeze_loaded()
    assert gc.get_freeze_count() > before + 10_000
    assert len(gc.get_objects()) < 10_000


def test_later_objects_are_still_collected() -> None:
    gc_tuning.freeze_loaded()
    gone = weakref.ref(Thing())
    assert gone() is not None
    gc.collect()
    assert gone() is None


def test_earlier_garbage_is_freed() -> None:
    gc.disable()
    try:
        gone = weakref.ref(Thing())
        gc_tuning.freeze_loaded()
        assert gone() is None
    finally:
        gc.enable()


def test_collections_are_less_frequent_but_still_happen() -> None:
    gc_tuning.freeze_loaded()
    young, middle, old = gc.get_threshold()
    assert 700 < young <= 5000, "a larger generation would itself cause a noticeable pause"
    assert middle >= 10
    assert 10 <= old <= 100
    assert gc.isenabled()
