"""Arithmetic coding under the model: there and back, a token at a time, on the shared worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import streamlit as st
from torch import Tensor

from core.coding import arithmetic_decode_steps, arithmetic_encode
from ui import models

#: Longest text to code: each token takes one step of the model to encode and one to decode.
LONGEST = 200
_ABANDONED_S = 5.0
_HELD = "lm_coding"


class _Stopped(Exception):  # noqa: N818 - a decision, not a fault
    """Raised inside the coder to leave it."""


class Coding:
    """One visitor's round trip. The coder has a thread, each model step is a job of its own.

    So other visitors' passes go in between, and no one waits for more than a step.
    """

    def __init__(self, ids: Sequence[int], start: int) -> None:
        """Code `ids` as they follow `start`."""
        self.ids = tuple(ids)
        self.start = start
        self.steps = 0  # of 2 · len(ids)
        self.data: bytes | None = None
        self.decoded: list[int] = []
        self.error: Exception | None = None
        self.finished = threading.Event()
        self._stopped = False
        self._seen = time.monotonic()
        threading.Thread(target=self._run, name="coding", daemon=True).start()

    @property
    def lossless(self) -> bool:
        """Whether what was decoded is what was encoded."""
        return tuple(self.decoded) == self.ids

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return not self.finished.is_set()

    def look(self) -> None:
        """Say that somebody still watches; raise what went wrong."""
        self._seen = time.monotonic()
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        """Leave after the step under way."""
        self._stopped = True

    def _run(self) -> None:
        try:
            self.data = arithmetic_encode(self.ids, self._model())
            # The decoder gets a model of its own: nothing of the text but the code reaches it.
            for token in arithmetic_decode_steps(self.data, len(self.ids), self._model()):
                self.decoded.append(token)
        except _Stopped:
            pass
        except Exception as error:
            self.error = error
        finally:
            self.finished.set()

    def _model(self) -> Callable[[list[int]], Tensor]:
        next_probs = models.language_model().next_probs([self.start])

        def step(prefix: list[int]) -> Tensor:
            if self._stopped or time.monotonic() - self._seen > _ABANDONED_S:
                raise _Stopped
            job = models.worker().submit(None, lambda _job: next_probs(prefix), keep=False)
            job.finished.wait()
            self.steps += 1
            return job.value()

        return step


def begin(ids: Sequence[int], start: int) -> None:
    """Begin this visitor's round trip; one that was going stops."""
    end()
    st.session_state[_HELD] = Coding(ids, start)


def end() -> None:
    """Stop this visitor's round trip and forget it."""
    held = st.session_state.pop(_HELD, None)
    if held is not None:
        held.stop()


def held(ids: Sequence[int], start: int) -> Coding | None:
    """This visitor's round trip of this very text, if there is one; another text's is ended."""
    found = st.session_state.get(_HELD)
    if found is None:
        return None
    if (found.ids, found.start) != (tuple(ids), start):
        end()
        return None
    return found
