"""Runs: single steps, the time between steps, the limit and going on after it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from ui.jobs import Worker
from ui.runs import Run


def counting(limit: int = 400, interval: Callable[[], float] = lambda: 0.0) -> Run:
    """Return a run whose state is a list; a step appends 10 to it, a single step 1."""

    def advance(by: int) -> Callable[[list[int]], int]:
        return lambda state: state.append(by) or sum(state)

    return Run(list, advance(10), limit, Worker(budget=0), advance(1), interval)


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.002)


def test_one_step_is_a_single_step() -> None:
    run = counting()
    run.step()
    until(lambda: not run.busy)
    run.step()
    until(lambda: not run.busy)
    assert run.frames == [1, 2]


def test_at_the_limit_a_run_pauses_and_can_be_continued_for_as_many_again() -> None:
    run = counting(limit=3)
    assert not run.full
    run.start()
    until(lambda: run.full)
    assert (run.frames, run.done, run.busy) == ([10, 20, 30], False, False)
    run.step()
    until(lambda: not run.busy)
    assert run.frames[-1] == 31
    run.start()
    until(lambda: run.full)
    assert run.frames[-1] == 61


def test_the_interval_is_kept_between_steps() -> None:
    run = counting(limit=4, interval=lambda: 0.1)
    began = time.monotonic()
    run.start()
    until(lambda: run.full)
    assert 0.3 <= time.monotonic() - began < 3


def test_a_pause_and_a_new_start_during_the_interval_do_not_double_the_speed() -> None:
    run = counting(limit=100, interval=lambda: 0.1)
    run.start()
    until(lambda: len(run.frames) == 1)
    for _ in range(10):
        run.pause()
        run.start()
        until(lambda: not run._active)
    count, began = len(run.frames), time.monotonic()
    time.sleep(0.45)
    run.pause()
    steps = len(run.frames) - count
    assert steps <= (time.monotonic() - began) / 0.1 + 1


@pytest.mark.parametrize("result", [None, ValueError("wrong")])
def test_the_end_and_an_error_stop_a_run(result: Exception | None) -> None:
    def advance(_state: object) -> None:
        if result is not None:
            raise result

    run = Run(list, advance, 5, Worker(budget=0))
    run.start()
    until(lambda: run.done)
    assert (run.frames, run.busy, run.full, run.error) == ([], False, False, result)
