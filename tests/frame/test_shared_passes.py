"""The worker's fair queue, and jobs that share a pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ui.errors import Notice
from ui.jobs import MOST_TOKENS, Shared, Worker

PATIENCE = 20.0


class Held:
    """A worker that is busy until released, and a record of what it does."""

    def __init__(self, **limits: int) -> None:
        self.worker = Worker(**limits)
        self.open = threading.Event()
        self.done: list[str] = []
        self.passes: list[list[str]] = []
        begun = threading.Event()
        self.worker.submit("gate", lambda _job: begun.set() or self.open.wait(PATIENCE))
        assert begun.wait(PATIENCE)

    def prepare(self, names: list[str]) -> None:
        self.passes.append(list(names))
        if "breaks the pass" in names:
            raise ValueError("a broken pass")

    def submit(self, name: str, visitor: str | None = None, shared: Shared | None = None) -> Any:
        def work(_job: object) -> None:
            self.done.append(name)
            if name.startswith("breaks"):
                raise ValueError(name)

        return self.worker.submit(name, work, keep=False, visitor=visitor, shared=shared)

    def write(self, name: str, tokens: int = 1, same: object = None) -> Any:
        return self.submit(name, name, Shared(self.prepare, lambda: name, tokens, same))

    def finish(self, *jobs: Any) -> None:
        self.open.set()
        assert all(job.wait(PATIENCE) for job in jobs)


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.open.set()


def test_ten_jobs_of_one_visitor_do_not_delay_the_first_of_another(held: Held) -> None:
    many = [held.submit(f"a{i}", "a") for i in range(10)]
    other = [held.submit("b0", "b"), held.submit("b1", "b")]
    assert held.worker.place(other[0]) == 2  # behind the running job and a0
    held.finish(*many, *other)
    assert held.done == ["a0", "b0", "a1", "b1", *(f"a{i}" for i in range(2, 10))]


def test_waiting_texts_share_a_pass_and_other_work_keeps_its_turn(held: Held) -> None:
    jobs = [held.write("x"), held.submit("page", "p"), held.write("y"), held.write("z")]
    held.finish(*jobs)
    assert held.passes == [["x", "y", "z"]]
    assert held.done == ["x", "y", "z", "page"]


def test_a_pass_is_bounded_and_equal_prompts_count_once(held: Held) -> None:
    long = [held.write(f"same{i}", MOST_TOKENS - 3, "prompt") for i in range(3)]
    held.finish(*long, held.write("three", 3), held.write("four", 4), held.write("five", 5))
    assert held.passes == [["same0", "same1", "same2", "three"], ["four", "five"]]


@pytest.mark.parametrize("name", ["breaks", "breaks the pass"])
def test_one_broken_text_does_not_stop_the_others(held: Held, name: str) -> None:
    broken, fine = held.write(name), held.write("fine")
    held.finish(broken, fine)
    assert held.done == [name, "fine"]
    assert fine.error is None
    with pytest.raises(ValueError, match=name):
        broken.value()


def test_a_cancelled_text_leaves_the_pass(held: Held) -> None:
    gone, rest = held.write("gone"), [held.write("x"), held.write("y")]
    held.worker.cancel(gone)
    held.finish(*rest)
    assert held.passes == [["x", "y"]]
    assert held.done == ["x", "y"]


def test_a_full_queue_says_so_and_past_visitors_are_forgotten() -> None:
    held = Held(longest_queue=3)
    jobs = [held.write(str(i)) for i in range(3)]
    with pytest.raises(Notice, match="The model is busy: 3 requests are waiting"):
        held.write("one too many")
    held.finish(*jobs)
    held.finish(held.submit("later", "a"), held.submit("last", "a"))
    assert len(held.worker._last) <= 1
