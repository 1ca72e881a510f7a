"""The worker: one thread, a bounded queue, shared results within a memory budget."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch

from ui.errors import Notice
from ui.jobs import Job, Worker, memory_of

PATIENCE = 20.0  # seconds after which a hanging worker fails a test


class Gate:
    """Work that signals its start and then waits until it is released."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()

    def __call__(self, job: Job) -> str:
        self.begun.set()
        self.open.wait(PATIENCE)
        return "through"


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


def busy(gate: Gate, **settings: int) -> tuple[Worker, Job]:
    """Return a worker whose thread is waiting in `gate`."""
    worker = Worker(**settings)
    job = worker.submit("gate", gate)
    assert gate.begun.wait(PATIENCE)
    return worker, job


def tensor(size: int) -> Callable[[Job], torch.Tensor]:
    return lambda _job: torch.zeros(size)


def test_a_job_runs_on_another_thread_without_gradients() -> None:
    def work(_job: Job) -> tuple[str, bool]:
        return threading.current_thread().name, torch.is_inference_mode_enabled()

    job = Worker().submit("a", work)
    assert job.wait(PATIENCE)
    assert job.value() == ("model", True)
    assert threading.current_thread().name != "model"


def test_equal_requests_share_one_job_whether_waiting_running_or_done(gate: Gate) -> None:
    worker, running = busy(gate)
    assert worker.submit("gate", gate) is running
    calls: list[int] = []

    def count(_job: Job) -> int:
        calls.append(1)
        return 7

    waiting = worker.submit("b", count)
    assert worker.submit("b", count) is waiting
    gate.open.set()
    assert waiting.wait(PATIENCE)
    assert worker.submit("b", count) is waiting
    assert calls == [1]
    assert waiting.value() == 7


def test_jobs_that_are_not_kept_are_never_shared(gate: Gate) -> None:
    worker, _running = busy(gate)
    first = worker.submit("a", lambda _job: 1, keep=False)
    second = worker.submit("a", lambda _job: 2, keep=False)
    assert first is not second
    gate.open.set()
    assert second.wait(PATIENCE)
    assert (first.value(), second.value()) == (1, 2)
    assert worker.submit("a", lambda _job: 3) is not first


def test_places_count_the_jobs_ahead(gate: Gate) -> None:
    worker, running = busy(gate)
    waiting = [worker.submit(i, lambda _job: None) for i in range(3)]
    assert [worker.place(job) for job in waiting] == [1, 2, 3]
    assert worker.place(running) == 0
    worker.cancel(waiting[0])
    assert [worker.place(job) for job in waiting] == [0, 1, 2]
    gate.open.set()
    assert waiting[2].wait(PATIENCE)
    assert [worker.place(job) for job in waiting] == [0, 0, 0]


def test_first_come_first_served(gate: Gate) -> None:
    worker, _running = busy(gate)
    order: list[int] = []
    jobs = [worker.submit(i, lambda _job, i=i: order.append(i)) for i in range(5)]
    gate.open.set()
    assert all(job.wait(PATIENCE) for job in jobs)
    assert order == [0, 1, 2, 3, 4]


def test_a_full_queue_rejects_new_work_with_a_message_but_accepts_known_work(gate: Gate) -> None:
    worker, running = busy(gate, longest_queue=3)
    waiting = [worker.submit(i, lambda _job: None) for i in range(3)]
    with pytest.raises(Notice, match="3 requests are waiting"):
        worker.submit("one more", lambda _job: None)
    assert worker.submit(1, lambda _job: None) is waiting[1]
    assert worker.submit("gate", gate) is running
    worker.cancel(waiting[0])
    worker.submit("one more", lambda _job: None)


def test_cancelling_a_waiting_job_removes_it_from_the_queue(gate: Gate) -> None:
    worker, _running = busy(gate)
    done: list[str] = []
    job = worker.submit("a", lambda _job: done.append("a"))
    worker.cancel(job)
    assert job.wait(0)
    again = worker.submit("a", lambda _job: done.append("again"))
    assert again is not job
    gate.open.set()
    assert again.wait(PATIENCE)
    assert done == ["again"]


def test_cancelling_a_running_job_requests_a_stop_and_caches_nothing() -> None:
    worker = Worker()
    begun = threading.Event()

    def work(job: Job) -> int:
        begun.set()
        for turn in range(10_000):
            if job.cancelled:
                return turn
            time.sleep(0.002)
        raise AssertionError("no stop was requested")

    job = worker.submit("a", work)
    assert begun.wait(PATIENCE)
    worker.cancel(job)
    fresh = worker.submit("a", lambda _job: "fresh")
    assert fresh is not job, "a stopped job is not shared"
    assert fresh.wait(PATIENCE)
    assert isinstance(job.value(), int)
    assert worker.submit("a", lambda _job: "x").value() == "fresh"


def test_errors_reach_the_caller_and_are_not_cached() -> None:
    worker = Worker()

    def fail(_job: Job) -> None:
        raise ValueError("five")

    job = worker.submit("a", fail)
    assert job.wait(PATIENCE)
    for _turn in range(2):
        with pytest.raises(ValueError, match="five"):
            job.value()
    mended = worker.submit("a", lambda _job: 1)
    assert mended is not job
    assert mended.wait(PATIENCE)
    assert mended.value() == 1


def test_the_oldest_results_are_dropped_when_the_budget_is_exceeded() -> None:
    worker = Worker(budget=1000)

    def made(key: str) -> Job:
        job = worker.submit(key, tensor(100))  # 400 bytes
        assert job.wait(PATIENCE)
        return job

    a, b = made("a"), made("b")
    assert made("a") is a, "a was used again, so b is now the oldest"
    made("c")
    assert made("a") is a
    assert made("b") is not b


def test_a_result_larger_than_the_budget_is_returned_but_not_cached() -> None:
    worker = Worker(budget=1000)
    small = worker.submit("small", tensor(10))
    large = worker.submit("large", tensor(1000))
    assert large.wait(PATIENCE)
    assert large.value().shape == (1000,)
    assert worker.submit("small", tensor(10)) is small
    assert worker.submit("large", tensor(1000)) is not large


def test_many_threads_get_one_result() -> None:
    worker = Worker()
    calls: list[int] = []
    jobs: list[Job] = []
    start = threading.Barrier(12)

    def ask(number: int) -> None:
        start.wait(PATIENCE)
        job = worker.submit(number % 3, lambda _job: calls.append(number))
        jobs.append(job)
        job.wait(PATIENCE)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(calls) == 3
    assert len({id(job) for job in jobs}) == 3


def test_only_one_thread_is_started() -> None:
    names: set[int] = set()
    worker = Worker()
    jobs = [worker.submit(i, lambda _job: names.add(threading.get_ident())) for i in range(20)]
    assert all(job.wait(PATIENCE) for job in jobs)
    assert len(names) == 1


@dataclass(frozen=True, slots=True)
class Held:
    logits: torch.Tensor
    rows: list[torch.Tensor]
    named: dict[str, torch.Tensor]
    count: int = 0


def test_memory_is_counted_through_dataclasses_lists_and_dicts() -> None:
    held = Held(
        torch.zeros(7), [torch.zeros(2, 3), torch.zeros(5).double()], {"a": torch.zeros(11)}
    )
    assert memory_of(held) == 4 * 7 + 4 * 6 + 8 * 5 + 4 * 11 + 64
    assert memory_of((torch.zeros(2).half(), None)) == 4 + 64


def test_a_tensor_view_counts_with_its_whole_storage() -> None:
    assert memory_of(torch.zeros(1000, 7)[-1]) == 4 * 7000


def test_a_shared_job_goes_on_when_one_visitor_cancels(gate: Gate) -> None:
    worker, _running = busy(gate)
    mine = worker.submit("a", lambda _job: 7)
    theirs = worker.submit("a", lambda _job: 7)
    worker.cancel(mine)
    gate.open.set()
    assert theirs.wait(PATIENCE)
    assert theirs.value() == 7
