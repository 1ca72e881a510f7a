"""Model work on a thread of its own: a bounded queue, a visible place in it, shared results.

One pass of the language model keeps a core busy for a fraction of a second. Run in the visitor's
own script thread, ten visitors would take ten cores from everybody's sliders. Here one thread
works through a queue; equal requests (same key) share one job, and finished results are kept,
the oldest leaving first, within a budget of memory. Results are read-only by agreement.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Any

import torch

from charts.i18n import _
from ui.errors import Notice


class Job:
    """A piece of work: waiting, running, done, failed or cancelled."""

    def __init__(self, key: Hashable, work: Callable[[Job], Any]) -> None:
        """`work(job)` returns the result; long work looks at `job.cancelled` now and then."""
        self.key = key
        self.work = work
        self.result: Any = None
        self.error: Exception | None = None
        self.cancelled = False
        self.askers = 1  # visitors who wait for this result
        self.finished = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds`; whether the job has finished."""
        return self.finished.wait(seconds)

    def value(self) -> Any:
        """The result of a finished job; raises what the work raised."""
        if self.error is not None:
            raise self.error
        return self.result


def memory_of(value: Any) -> int:
    """Bytes held by the tensors inside a result, by way of dataclasses, lists and dicts."""
    if isinstance(value, torch.Tensor):
        return value.untyped_storage().nbytes()  # a view keeps all of what it looks at
    if dataclasses.is_dataclass(value):
        return sum(memory_of(getattr(value, item.name)) for item in dataclasses.fields(value))
    if isinstance(value, dict):
        return sum(memory_of(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(memory_of(item) for item in value)
    return 64


class Worker:
    """One thread, one queue, one bounded store of results."""

    def __init__(self, *, longest_queue: int = 64, budget: int = 192 * 2**20) -> None:
        """`longest_queue` jobs may wait; results together stay under `budget` bytes."""
        self._longest_queue = longest_queue
        self._budget = budget
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._queue: deque[Job] = deque()
        self._running: Job | None = None
        self._kept: OrderedDict[Hashable, tuple[Job, int]] = OrderedDict()
        self._held = 0
        self._thread: threading.Thread | None = None

    def submit(self, key: Hashable, work: Callable[[Job], Any], *, keep: bool = True) -> Job:
        """Queue `work` under `key`, or return the job that already does or did it.

        Raises:
            Notice: The queue is full; the sentence asks the visitor to try again.
        """
        with self._wake:
            if keep:
                known = self._known(key)
                if known is not None:
                    known.askers += 1
                    return known
            if len(self._queue) >= self._longest_queue:
                raise Notice(
                    _("The model is busy: {n} requests are waiting. Try again in a moment.").format(
                        n=len(self._queue)
                    )
                )
            job = Job(key if keep else object(), work)
            self._queue.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="model", daemon=True)
                self._thread.start()
            self._wake.notify()
            return job

    def _known(self, key: Hashable) -> Job | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]
        if self._running is not None and self._running.key == key and not self._running.cancelled:
            return self._running
        return next((job for job in self._queue if job.key == key), None)

    def place(self, job: Job) -> int:
        """How many jobs go before this one; 0 while it runs and after."""
        with self._lock:
            if job not in self._queue:
                return 0
            return self._queue.index(job) + (self._running is not None)

    def cancel(self, job: Job) -> None:
        """Take a waiting job out of the queue; ask a running one to stop.

        A job that others asked for too goes on: only the last to leave ends it.
        """
        with self._lock:
            job.askers -= 1
            if job.askers > 0:
                return
            job.cancelled = True
            if job in self._queue:
                self._queue.remove(job)
                job.finished.set()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue:
                    self._wake.wait()
                job = self._running = self._queue.popleft()
            try:
                with torch.inference_mode():
                    job.result = job.work(job)
            except Exception as error:
                job.error = error
            with self._lock:
                self._running = None
                if job.error is None and not job.cancelled:
                    self._keep(job)
            job.finished.set()

    def _keep(self, job: Job) -> None:
        size = memory_of(job.result)
        if size > self._budget:
            return
        self._kept[job.key] = (job, size)
        self._held += size
        while self._held > self._budget or len(self._kept) > 512:
            _key, (_job, freed) = self._kept.popitem(last=False)
            self._held -= freed
