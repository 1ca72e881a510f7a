"""Long computations with live output, such as training or text generation.

A run consists of a state (`make`) and a step function (`advance`). Its steps run one at a time on a
separate worker thread. Steps of different visitors alternate, so that neither another run nor a
slider waits for a whole run. A run stops automatically after its page is closed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

import streamlit as st

from charts.i18n import _
from ui.jobs import Job, Worker
from ui.live import mount

ABANDONED_S = 4.0  # a run is paused if its page has not been drawn for this long


@cache
def run_worker() -> Worker:
    """Return the worker for runs; forward passes use `ui.models.worker`."""
    return Worker(budget=0)


def ticker(running: bool, *, key: str, interval_ms: int = 80) -> None:
    """Rerun the fragment repeatedly while `running`; a rerun waits for the previous one."""
    mount("ticker", key, {"running": running, "interval": interval_ms}, lambda raw: raw)


class Run:
    """One visitor's run: its state, its frames, and whether it is running."""

    def __init__(
        self, make: Callable[[], Any], advance: Callable[[Any], Any], limit: int, worker: Worker
    ) -> None:
        """Store the functions; `advance(state)` returns the frame of a step, or None at the end."""
        self.frames: list[Any] = []
        self.running = False
        self.done = False
        self.error: Exception | None = None
        self._make = make
        self._advance = advance
        self._limit = limit
        self._worker = worker
        self._state: Any = None
        self._job: Job | None = None
        self._seen = time.monotonic()

    def start(self) -> None:
        """Run until paused, done or abandoned."""
        self.running = not self.done
        self._queue()

    def pause(self) -> None:
        """Stop after the current step."""
        self.running = False

    def step(self) -> None:
        """Do one step."""
        self._queue()

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
    def busy(self) -> bool:
        """Return whether a step is running or queued."""
        return self.running or (self._job is not None and not self._job.finished.is_set())

    def _queue(self) -> None:
        if self.done or (self._job is not None and not self._job.finished.is_set()):
            return
        self._seen = time.monotonic()
        self._job = self._worker.submit(object(), self._advance_once, keep=False)

    def _advance_once(self, job: Job) -> None:
        try:
            if self._state is None:
                self._state = self._make()
            frame = self._advance(self._state)
        except Exception as error:
            self.error, self.running, self.done = error, False, True
            return
        if frame is None:
            self.done = True
        else:
            self.frames.append(frame)
        self.done = self.done or len(self.frames) >= self._limit
        watched = time.monotonic() - self._seen < ABANDONED_S
        self.running = self.running and watched and not self.done
        if self.running:
            self._job = self._worker.submit(object(), self._advance_once, keep=False)


def run_of(
    key: str,
    signature: Hashable,
    make: Callable[[], Any],
    advance: Callable[[Any], Any],
    *,
    limit: int = 400,
    worker: Worker | None = None,
) -> Run:
    """Return this visitor's run under `key`; a new `signature` (settings, seed) restarts it.

    A restarted run is running if the previous one was.
    """
    previous = st.session_state.get(f"{key}·run")
    if previous is not None and previous[0] == signature:
        return previous[1]
    run = Run(make, advance, limit, worker or run_worker())
    if previous is not None:
        was_running = previous[1].running
        previous[1].pause()
        if was_running:
            run.start()
    st.session_state[f"{key}·run"] = (signature, run)
    return run


def run_controls(run: Run, *, key: str, start_label: str = "") -> None:
    """Draw the buttons Start or Pause, One step and Reset; update the page during the run."""

    def reset() -> None:
        run.pause()
        st.session_state.pop(f"{key}·run", None)

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run.running:
            st.button(_("Pause"), key=f"{key}_pause", on_click=run.pause, icon=":material/pause:")
        else:
            st.button(
                start_label or _("Start"),
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
    ticker(run.busy, key=f"{key}_tick")
    run.look()
