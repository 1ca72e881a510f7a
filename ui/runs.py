"""Long computations with live output, such as training or text generation.

A run consists of a state (`make`) and a step function (`advance`). Its steps run one at a time on a
separate worker thread. Steps of different visitors alternate, so that neither another run nor a
slider waits for a whole run. A run stops automatically after its page is closed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from charts.i18n import _
from ui.errors import Notice
from ui.fast_path import visitor
from ui.html import note
from ui.jobs import Job, Shared, Worker
from ui.live import mount

ABANDONED_S = 4.0  # a run is paused if its page has not been drawn for this long


@cache
def run_worker() -> Worker:
    """Return the worker for runs; forward passes use `ui.models.worker`."""
    return Worker(budget=0)


def ticker(running: bool, *, key: str, interval_ms: int = 80) -> None:
    """Rerun the fragment repeatedly while `running`; a rerun waits for the previous one."""
    mount("ticker", key, {"running": running, "interval": interval_ms}, lambda raw: raw)


@dataclass(frozen=True, slots=True)
class Together:
    """How the runs that write texts read in one pass before each of them takes its step.

    Attributes:
        prepare: Reads for the states of several runs; if it fails, each run's step reads alone.
        prompt: What the first step reads; every later step reads one token.
    """

    prepare: Callable[[list[Any]], None]
    prompt: tuple[int, ...]


class Run:
    """One visitor's run: its state, its frames, and whether it is running."""

    def __init__(
        self,
        make: Callable[[], Any],
        advance: Callable[[Any], Any],
        limit: int,
        worker: Worker,
        single: Callable[[Any], Any] | None = None,
        interval: Callable[[], float] = lambda: 0.0,
        together: Together | None = None,
    ) -> None:
        """Store the functions; see `run_of`. `together`: how steps of several runs share a pass."""
        self.frames: list[Any] = []
        self.running = False
        self.done = False
        self.error: Exception | None = None
        self._make = make
        self._advance = advance
        self._single = single or advance
        self._interval = interval
        self._limit = self._end = limit
        self._worker = worker
        self._together = together
        self._visitor = visitor()
        self._state: Any = None
        self._job: Job | None = None
        self._active = False  # whether a step is queued or running
        self._timer: threading.Timer | None = None  # starts the next step
        self._lock = threading.RLock()
        self._seen = time.monotonic()

    def start(self) -> None:
        """Run until paused, done, at the limit or abandoned; at the limit, allow as many again."""
        if self.full:
            self._end = len(self.frames) + self._limit
        self.running = not self.done
        self._queue(self._advance)

    def pause(self) -> None:
        """Stop after the current step."""
        self.running = False

    def step(self) -> None:
        """Do one single step, whether or not the limit is reached."""
        self._queue(self._single)

    def look(self) -> None:
        """Record that the page is still open; raise the exception of the computation, if any."""
        self._seen = time.monotonic()
        if self.error is not None:
            raise self.error

    def wait(self, seconds: float) -> None:
        """Wait at most `seconds` for the current step."""
        if self._job is not None:
            self._job.wait(seconds)

    @property
    def full(self) -> bool:
        """Return whether the run has reached its limit of frames; `start` continues it."""
        return not self.running and not self.done and len(self.frames) >= self._end

    @property
    def busy(self) -> bool:
        """Return whether a step is running or queued."""
        return self.running or self._active

    def _queue(self, advance: Callable[[Any], Any]) -> None:
        with self._lock:
            if not self.done and not self._active:
                self._seen = time.monotonic()
                self._submit(advance)

    def _submit(self, advance: Callable[[Any], Any]) -> None:
        """Queue a step; the caller holds the lock."""
        self._timer = None
        try:
            self._job = self._worker.submit(
                object(),
                lambda _job: self._advance_once(advance),
                keep=False,
                visitor=self._visitor,
                shared=self._shared(),
            )
            self._active = True
        except Notice as error:  # the queue is full
            self.error, self.running = error, False

    def _made(self) -> Any:
        if self._state is None:
            self._state = self._make()
        return self._state

    def _shared(self) -> Shared | None:
        if self._together is None:
            return None
        prepare, prompt = self._together.prepare, self._together.prompt
        if self._state is None:
            return Shared(prepare, self._made, len(prompt), prompt)
        return Shared(prepare, self._made, 1)

    def _advance_once(self, advance: Callable[[Any], Any]) -> None:
        began = time.monotonic()
        frame = None
        try:
            frame = advance(self._made())
        except Exception as error:
            self.error = error
        with self._lock:
            self._active = False
            if frame is None:
                self.done = True
            else:
                self.frames.append(frame)
            watched = time.monotonic() - self._seen < ABANDONED_S
            going = watched and not self.done and len(self.frames) < self._end
            self.running = self.running and going
            if self.running:
                self._go_on(began + self._interval() - time.monotonic())

    def _go_on(self, wait: float) -> None:
        """Queue the next step after `wait` seconds, without occupying the worker meanwhile."""
        if wait <= 0:
            self._submit(self._advance)
            return

        def later() -> None:
            with self._lock:
                # After a pause and a new start, an old timer must not queue a second step.
                if self.running and self._timer is timer:
                    self._submit(self._advance)

        self._timer = timer = threading.Timer(wait, later)
        timer.daemon = True
        timer.start()


def run_of(
    key: str,
    signature: Hashable,
    make: Callable[[], Any],
    advance: Callable[[Any], Any],
    *,
    limit: int = 400,
    worker: Worker | None = None,
    single: Callable[[Any], Any] | None = None,
    interval: Callable[[], float] = lambda: 0.0,
) -> Run:
    """Return this visitor's run under `key`; a new `signature` (settings, seed) restarts it.

    A restarted run is running if the previous one was.

    Args:
        key: Name of the run in the session.
        signature: What the run depends on.
        make: Makes the state, on the worker's thread.
        advance: Changes the state and returns a frame, or None at the end.
        limit: Number of frames after which the run pauses, so that a forgotten page stops; the
            visitor can continue it for as many again.
        worker: The worker; the shared one if None.
        single: What the button One step does; `advance` if None.
        interval: Returns the minimum time in seconds between the beginnings of two steps.
    """
    previous = st.session_state.get(f"{key}·run")
    if previous is not None and previous[0] == signature:
        return previous[1]
    run = Run(make, advance, limit, worker or run_worker(), single, interval)
    if previous is not None:
        was_running = previous[1].running
        previous[1].pause()
        if was_running:
            run.start()
    st.session_state[f"{key}·run"] = (signature, run)
    return run


def run_controls(run: Run, *, key: str, start_label: str = "") -> None:
    """Draw the buttons of a run (Start, Pause or Continue); update the page while it runs."""

    def reset() -> None:
        run.pause()
        st.session_state.pop(f"{key}·run", None)

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run.running:
            st.button(_("Pause"), key=f"{key}_pause", on_click=run.pause, icon=":material/pause:")
        else:
            st.button(
                _("Continue") if run.full else start_label or _("Start"),
                key=f"{key}_start",
                on_click=run.start,
                disabled=run.done,
                icon=":material/play_arrow:",
                type="primary",
            )
        st.button(
            _("One step"),
            key=f"{key}_step",
            on_click=run.step,
            disabled=run.running or run.done,
            icon=":material/skip_next:",
        )
        st.button(_("Reset"), key=f"{key}_reset", on_click=reset, icon=":material/replay:")
    if run.full:
        reason = _(
            "Paused after {n} updates, so that a forgotten page stops. Press Continue for as many "
            "again, or Reset to begin again."
        )
        note(reason.format(n=len(run.frames)), keep=True)
    ticker(run.busy, key=f"{key}_tick")
    run.look()
