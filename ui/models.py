"""Load the two models once for all visitors and queue their work."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any, Literal

import torch

from charts.i18n import _
from core.lm import Encoder, LanguageModel, ModelError, load_encoder, load_language_model
from core.shapes import KNOWN_MODELS
from ui import gc_tuning
from ui.chips import readable
from ui.errors import Notice
from ui.fast_path import fall_back, visitor
from ui.html import escape
from ui.jobs import Job, Worker
from ui.status import status_spot

#: Maximum number of tokens of a model's input; pages report when they truncate a text.
LONGEST = 512

_loading = threading.Lock()
#: Why a model that visitors will need is not loaded.
_missing = {"language model": "The language model is being loaded."}


@cache
def worker() -> Worker:
    """Return the worker that all visitors share."""
    # One core stays free, so that a forward pass does not slow down other visitors' sliders.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    return Worker()


@cache
def _load(which: str) -> Any:
    return load_language_model() if which == "language model" else load_encoder()


def _model(which: str) -> Any:
    """Return the model. An error becomes a `Notice` and is not cached, so a retry can succeed."""
    try:
        with _loading:
            model = _load(which)
    except ModelError as error:
        _missing[which] = str(error)
        raise Notice(str(error)) from error
    _missing.pop(which, None)
    return model


def not_ready() -> str:
    """Return why the language model is not loaded; "" once it is."""
    return _missing.get("language model", "")


def language_model() -> LanguageModel:
    """Return the language model; all visitors share one read-only copy."""
    return _model("language model")


def layers_and_heads() -> tuple[int, int]:
    """Return the language model's numbers of layers and of query heads, for the ends of sliders.

    Without the weights they are those of the default model; the view itself says what is missing.
    """
    try:
        config = language_model().config
    except Notice:
        default = KNOWN_MODELS["SmolLM2-135M"]
        return default.layers, default.num_heads
    return config.num_layers, config.num_heads


def encoder() -> Encoder:
    """Return the small BERT encoder; all visitors share one read-only copy."""
    return _model("encoder")


def warm_up() -> None:
    """Start loading the language model in the background, before the first visitor needs it."""
    worker()  # sets the number of threads before the first computation

    def load() -> None:
        with suppress(Notice):  # Pages that need the model show the error.
            language_model()
        gc_tuning.freeze_loaded()

    threading.Thread(target=load, name="warm-up", daemon=True).start()


def compute(key: Hashable, work: Callable[[], Any]) -> Any:
    """Return the result of `work()`, run by the worker; show the position in the queue meanwhile.

    Args:
        key: Everything that the result depends on (the model, the text, every argument).
        work: The computation; runs on the worker's thread, without gradients.

    Returns:
        The result. Visitors share it, so treat it as read-only.
    """
    job = worker().submit(key, lambda _job: work(), visitor=visitor())
    if not job.wait(0.15):
        fall_back()  # The waiting message can be shown only in a normal Streamlit run.
        _wait_visibly(job)
    return job.value()


def _wait_visibly(job: Job) -> None:
    place_shown = -1
    spot = status_spot()
    while not job.wait(0.1):
        place = worker().place(job)
        if place != place_shown:
            place_shown = place
            words = (
                _("Waiting for the model: position {n} in the queue …").format(n=place)
                if place
                else _("The model is computing …")
            )
            spot.html(f'<p class="ll-note" role="status">{escape(words)}</p>')
    spot.empty()


@lru_cache(maxsize=65_536)
def token(i: int) -> str | bytes:
    """Return the language model's token as chips take it: its text, or its bytes if not UTF-8."""
    return readable(language_model().token_bytes(i))


def encode_limited(
    text: str, limit: int = LONGEST, keep: Literal["first", "last"] = "first"
) -> tuple[list[int], str]:
    """Return at most `limit` token ids of `text`, and a sentence if it was truncated, else "".

    Keep the first tokens to score a text, the last ones to predict the token after a prompt.
    """
    ids, cut = language_model().encode_limited(text, limit, keep)
    if not cut:
        return ids, ""
    notice = (
        _("The text has {all} tokens; the first {kept} are used, the rest is left out.")
        if keep == "first"
        else _(
            "The prompt has {all} tokens; the last {kept} are used, the first {cut} are dropped."
        )
    )
    return ids, notice.format(all=len(ids) + cut, kept=len(ids), cut=cut)


def next_logits(ids: tuple[int, ...]) -> torch.Tensor:
    """Return the logits (V,) of the token after `ids`, in float32; shared, so read-only."""
    model = language_model()
    return compute(("next_logits", ids), lambda: model.next_logits(list(ids)))
