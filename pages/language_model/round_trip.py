"""Arithmetic coding under the model, encoding and decoding, one token at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError

import streamlit as st
from torch import Tensor

from core.coding import arithmetic_decode_steps, arithmetic_encode
from ui import models

#: Longest text to code: each token takes one step of the model to encode and one to decode.
LONGEST = 200
ABANDONED_S = 5.0  # a round trip that no page has shown for this long stops
_STORED = "lm_coding"  # a running job, not a control


class RoundTrip:
    """One visitor's round trip: its coder has a thread, and each model step is a job of its own.

    Model passes of other visitors run between the steps, so nobody waits for more than one step.
    """

    def __init__(self, ids: Sequence[int], before: Sequence[int] = ()) -> None:
        """Start to encode and decode `ids`; `before` is what the tokenizer puts before a text."""
        self.ids = tuple(ids)
        self.before = tuple(before)
        self.steps = 0  # of 2 · len(ids)
        self.data: bytes | None = None
        self.decoded: list[int] = []
        self.error: Exception | None = None
        self.finished = threading.Event()
        self._stopped = False
        self._last_look = time.monotonic()
        threading.Thread(target=self._run, name="coding", daemon=True).start()

    def look(self) -> None:
        """Record that a page still shows it; raise the error that ended it, if any."""
        self._last_look = time.monotonic()
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        """Stop after the current step."""
        self._stopped = True

    def _run(self) -> None:
        try:
            self.data = arithmetic_encode(self.ids, self._model())
            # The decoder has a model cache of its own: it gets the code and nothing of the text.
            for token in arithmetic_decode_steps(self.data, len(self.ids), self._model()):
                self.decoded.append(token)
        except CancelledError:
            pass
        except Exception as error:
            self.error = error
        finally:
            self.finished.set()

    def _model(self) -> Callable[[list[int]], Tensor]:
        next_probs = models.language_model().next_probs(self.before)

        def step(prefix: list[int]) -> Tensor:
            if self._stopped or time.monotonic() - self._last_look > ABANDONED_S:
                raise CancelledError
            job = models.worker().submit(None, lambda _job: next_probs(prefix), keep=False)
            job.finished.wait()
            self.steps += 1
            return job.value()

        return step


def begin(ids: Sequence[int], before: Sequence[int]) -> None:
    """Start this visitor's round trip; stop an earlier one. For callbacks."""
    if _STORED in st.session_state:
        st.session_state[_STORED].stop()
    st.session_state[_STORED] = RoundTrip(ids, before)


def find(ids: Sequence[int], before: Sequence[int]) -> RoundTrip | None:
    """Return this visitor's round trip of exactly this text, if there is one."""
    trip = st.session_state.get(_STORED)
    return trip if trip and (trip.ids, trip.before) == (tuple(ids), tuple(before)) else None
