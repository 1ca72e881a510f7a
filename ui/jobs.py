"""A worker thread for model computations, with a bounded queue and a cache of results.

A forward pass of the language model keeps a core busy for a fraction of a second. If passes ran in
the visitors' script threads, ten visitors would occupy ten cores and slow down every slider.
Instead, one thread works through a queue. Requests with the same key share one job, and finished
results stay in an LRU cache with a memory budget. Callers must treat results as read-only.

The queue is fair: each visitor's next job comes before anyone's second one (start-time fair
queueing, Goyal et al. 1996, with jobs of equal cost). Waiting jobs that can share one pass are
taken together, see `Shared`.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import torch

from charts.i18n import _
from ui.errors import Notice

MOST_TOKENS = 512  # in one shared pass, so that other pages wait no longer than for a long text

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Shared:
    """How a job shares a pass with others: it is prepared together with them, then runs.

    Attributes:
        prepare: Does the common part for the subjects of several jobs; jobs with the same `prepare`
            are taken together. If it fails, each job does everything alone.
        subject: Returns what `prepare` needs of this job; called on the worker's thread.
        tokens: Number of tokens that this job adds to the pass.
        same: Jobs with equal `same` add their tokens only once; None equals nothing.
    """

    prepare: Callable[[list[Any]], None]
    subject: Callable[[], Any]
    tokens: int
    same: Hashable = None


class Job:
    """One computation: waiting, running, done, failed or cancelled."""

    def __init__(self, key: Hashable, work: Callable[[Job], Any]) -> None:
        """Store `work`; `work(job)` returns the result and polls `job.cancelled` if it is long."""
        self.key = key
        self.work = work
        self.result: Any = None
        self.error: Exception | None = None
        self.cancelled = False
        self.requests = 1  # number of visitors who requested this result
        self.finished = threading.Event()
        self.shared: Shared | None = None
        self.turn = (0, 0)  # round of the queue, number of the request

    def wait(self, seconds: float) -> bool:
        """Wait at most `seconds`; return whether the job has finished."""
        return self.finished.wait(seconds)

    def value(self) -> Any:
        """Return the result of a finished job, or raise the exception of its computation."""
        if self.error is not None:
            raise self.error
        return self.result


def memory_of(value: Any) -> int:
    """Return the total size in bytes of the tensors in a (possibly nested) result."""
    if isinstance(value, torch.Tensor):
        return value.untyped_storage().nbytes()  # A view keeps the whole storage alive.
    if dataclasses.is_dataclass(value):
        return sum(memory_of(getattr(value, item.name)) for item in dataclasses.fields(value))
    if isinstance(value, dict):
        return sum(memory_of(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(memory_of(item) for item in value)
    return 64


class Worker:
    """One thread with one queue and a bounded cache of results."""

    def __init__(self, *, longest_queue: int = 64, budget: int = 192 * 2**20) -> None:
        """Allow `longest_queue` waiting jobs and `budget` bytes of cached results."""
        self._longest_queue = longest_queue
        self._budget = budget
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._queue: list[Job] = []
        self._running: Job | None = None
        self._round = self._number = 0  # of the job taken last; of the job submitted last
        self._last: dict[Hashable, int] = {}  # round of a visitor's last job, unless it is past
        self._kept: OrderedDict[Hashable, tuple[Job, int]] = OrderedDict()
        self._used = 0
        self._thread: threading.Thread | None = None
        self.seconds = 0.0  # total time of finished computations, shared passes included

    @property
    def waiting(self) -> int:
        """Return the number of jobs in the queue."""
        return len(self._queue)

    def submit(
        self,
        key: Hashable,
        work: Callable[[Job], Any],
        *,
        keep: bool = True,
        visitor: Hashable = None,
        shared: Shared | None = None,
    ) -> Job:
        """Queue `work` under `key`, or return the existing job with this key.

        Args:
            key: Everything that the result depends on.
            work: The computation; `work(job)` returns the result.
            keep: Whether the result is shared and cached under `key`.
            visitor: Whose turn in the queue the job takes; None: nobody's, first come first served.
            shared: How the job shares a pass with others that wait; only with `keep=False`.

        Raises:
            Notice: The queue is full; the message asks the visitor to try again.
        """
        with self._wake:
            if keep:
                known = self._known(key)
                if known is not None:
                    known.requests += 1
                    return known
            if len(self._queue) >= self._longest_queue:
                raise Notice(
                    _("The model is busy: {n} requests are waiting. Try again in a moment.").format(
                        n=len(self._queue)
                    )
                )
            job = Job(key if keep else object(), work)
            job.shared = shared
            self._number += 1
            job.turn = (max(self._round, self._last.get(visitor, -1) + 1), self._number)
            if visitor is not None:
                self._last[visitor] = job.turn[0]
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
        """Return the number of jobs ahead of this one; 0 once it runs or has finished."""
        with self._lock:
            if job not in self._queue:
                return 0
            ahead = sum(other.turn < job.turn for other in self._queue)
            return ahead + (self._running is not None)

    def cancel(self, job: Job) -> None:
        """Remove a waiting job from the queue; request a running job to stop.

        A job that other visitors also requested goes on; it ends when the last of them cancels.
        """
        with self._lock:
            job.requests -= 1
            if job.requests > 0:
                return
            job.cancelled = True
            if job in self._queue:
                self._queue.remove(job)
                job.finished.set()

    def _take(self) -> list[Job]:
        """Remove the next job from the queue, and the waiting ones that can share its pass."""
        first, *rest = sorted(self._queue, key=lambda job: job.turn)
        taken = [first]
        if (shared := first.shared) is not None:
            tokens, seen = shared.tokens, {shared.same}
            for job in rest:
                other = job.shared
                if other is None or other.prepare != shared.prepare:
                    continue
                more = 0 if other.same is not None and other.same in seen else other.tokens
                if tokens + more <= MOST_TOKENS:
                    taken.append(job)
                    tokens += more
                    seen.add(other.same)
        self._queue = [job for job in self._queue if job not in taken]
        self._round = first.turn[0]
        self._last = {who: turn for who, turn in self._last.items() if turn >= self._round}
        self._running = first
        return taken

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue:
                    self._wake.wait()
                taken = self._take()
            start = time.perf_counter()
            if len(taken) > 1:
                _prepare(taken)
            for job in taken:
                with self._lock:
                    self._running = job
                try:
                    with torch.inference_mode():
                        job.result = job.work(job)
                except Exception as error:
                    job.error = error
                with self._lock:
                    self._running = None
                    self.seconds += time.perf_counter() - start
                    if job.error is None and not job.cancelled:
                        self._keep(job)
                start = time.perf_counter()
                job.finished.set()

    def _keep(self, job: Job) -> None:
        size = memory_of(job.result)
        if size > self._budget:
            return
        self._kept[job.key] = (job, size)
        self._used += size
        while self._used > self._budget or len(self._kept) > 512:
            _key, (_job, freed) = self._kept.popitem(last=False)
            self._used -= freed


def _prepare(jobs: list[Job]) -> None:
    """Do the common part of several jobs; one that cannot take part reports it when it runs."""
    subjects, prepare = [], None
    with torch.inference_mode():
        for job in jobs:
            if job.shared is None or job.cancelled:
                continue
            prepare = job.shared.prepare
            try:
                subjects.append(job.shared.subject())
            except Exception:
                _log.debug("A job fails before a shared pass.", exc_info=True)
        try:
            if prepare is not None and subjects:
                prepare(subjects)
        except Exception:
            _log.exception("A shared pass failed; each of its jobs now runs alone.")
