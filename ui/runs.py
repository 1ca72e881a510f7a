"""Work that goes on while the visitor watches: training in the page, a text being written.

A run is a thing with a state (`make`) and a step (`advance`), done in slices on a worker thread of
its own. Visitors' slices take turns, so nobody's run and nobody's slider waits for a whole one; a
run whose page was closed stops by itself.
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

ABANDONED_S = 4.0  # a run that nobody has looked at for so long is paused


@cache
def run_worker() -> Worker:
    """The worker for runs; model passes have another (`ui.models.worker`)."""
    return Worker(budget=0)


def ticker(running: bool, *, key: str, interval_ms: int = 80) -> None:
    """Have the fragment run again and again while `running`, at the pace it can keep."""
    mount("ticker", key, {"running": running, "interval": interval_ms}, lambda raw: raw)


class Run:
    """One visitor's run: its state, its frames, whether it goes on."""

    def __init__(
        self, make: Callable[[], Any], advance: Callable[[Any], Any], limit: int, worker: Worker
    ) -> None:
        """`advance(state)` does one slice and returns its frame, or None when nothing is left."""
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
        """Go on until paused, done or abandoned."""
        self.running = not self.done
        self._queue()

    def pause(self) -> None:
        """Stop after the slice under way."""
        self.running = False

    def step(self) -> None:
        """Do one slice."""
        self._queue()

    def look(self) -> None:
        """Say that somebody still watches; raise what the work raised."""
        self._seen = time.monotonic()
        if self.error is not None:
            raise self.error

    def wait(self, seconds: float) -> None:
        """Wait for the slice under way, at most `seconds`."""
        if self._job is not None:
            self._job.wait(seconds)

    @property
    def busy(self) -> bool:
        """Whether a slice is under way or asked for."""
        return self.running or (self._job is not None and not self._job.finished.is_set())

    def _queue(self) -> None:
        if self.done or (self._job is not None and not self._job.finished.is_set()):
            return
        self._seen = time.monotonic()
        self._job = self._worker.submit(object(), self._slice, keep=False)

    def _slice(self, job: Job) -> None:
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
            self._job = self._worker.submit(object(), self._slice, keep=False)


def run_of(
    key: str,
    signature: Hashable,
    make: Callable[[], Any],
    advance: Callable[[Any], Any],
    *,
    limit: int = 400,
    worker: Worker | None = None,
) -> Run:
    """This visitor's run under `key`; a new `signature` (settings, seed) begins it anew.

    A run that was going when its settings changed goes on with the new ones.
    """
    held = st.session_state.get(f"{key}·run")
    if held is not None and held[0] == signature:
        return held[1]
    run = Run(make, advance, limit, worker or run_worker())
    if held is not None:
        went_on = held[1].running
        held[1].pause()
        if went_on:
            run.start()
    st.session_state[f"{key}·run"] = (signature, run)
    return run


def run_controls(run: Run, *, key: str, start_label: str = "") -> None:
    """Start or pause, step, reset; and the ticker that shows frames as they come."""

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
