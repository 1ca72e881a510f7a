"""The two real models, loaded once for all visitors, and their work by way of the worker."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cache
from typing import Any

import torch

from charts.i18n import _
from core.lm import Encoder, LanguageModel, ModelError, load_encoder, load_language_model
from ui import gc_tuning
from ui.errors import Notice
from ui.fast_path import fall_back
from ui.html import escape
from ui.jobs import Job, Worker
from ui.status import status_spot

#: Longest text that the pages give to a model; more is cut, and the page says so.
LONGEST = 512

_loading = threading.Lock()


@cache
def worker() -> Worker:
    """The one worker of this process."""
    # One core is left to the sliders: a model pass must not slow another visitor's drag.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    return Worker()


@cache
def _load(which: str) -> Any:
    return load_language_model() if which == "language model" else load_encoder()


def _model(which: str) -> Any:
    """The model, or a `Notice` with the loader's sentence. Errors are not cached: a fix is seen."""
    try:
        with _loading:
            return _load(which)
    except ModelError as error:
        raise Notice(str(error)) from error


def language_model() -> LanguageModel:
    """The language model: one copy in memory, read-only, whatever the number of visitors."""
    return _model("language model")


def encoder() -> Encoder:
    """The small BERT encoder, likewise."""
    return _model("encoder")


def warm_up() -> None:
    """Begin to load the language model in the background, so that no visitor waits for it."""
    worker()  # settles the number of threads before anybody computes

    def load() -> None:
        with suppress(Notice):  # the pages say it, where it matters
            language_model()
        gc_tuning.freeze_loaded()

    threading.Thread(target=load, name="warm-up", daemon=True).start()


def compute(key: Hashable, work: Callable[[], Any]) -> Any:
    """The result of `work()`, done by the worker; waits with a visible place in the queue.

    Args:
        key: Everything the result depends on (which model, text, every argument).
        work: Runs on the worker's thread, without gradients.

    Returns:
        The result, shared between visitors: treat it as read-only.
    """
    job = worker().submit(key, lambda _job: work())
    if not job.wait(0.15):
        fall_back()  # the waiting line shows on Streamlit's way only
        _wait_in_sight(job)
    return job.value()


def _wait_in_sight(job: Job) -> None:
    place_shown = -1
    spot = status_spot()
    while not job.wait(0.1):
        place = worker().place(job)
        if place != place_shown:
            place_shown = place
            words = (
                _("Waiting for the model: place {n} in the queue …").format(n=place)
                if place
                else _("The model is at work …")
            )
            spot.html(f'<p class="ll-note" role="status">{escape(words)}</p>')
    spot.empty()


def encode_limited(text: str, limit: int = LONGEST) -> tuple[list[int], str]:
    """Token ids of `text`, at most `limit`; and a sentence where it was cut, else ""."""
    ids, cut = language_model().encode_limited(text, limit)
    if not cut:
        return ids, ""
    said = _("The text has {all} tokens; the first {kept} are used, the rest is left out.")
    return ids, said.format(all=len(ids) + cut, kept=len(ids))


def next_logits(ids: tuple[int, ...]) -> torch.Tensor:
    """Logits (V,) of the token after `ids`, float32, shared: read-only."""
    model = language_model()
    return compute(("next_logits", ids), lambda: model.next_logits(list(ids)))
