"""The end token: its probability after an answer, and after training with a loss mask."""

from __future__ import annotations

import math

from torch import Tensor

from core import objectives as core
from ui import models

TRAINED = ("answer", "no_end")  # masks that are compared by training
STEPS, RATE = 10, 0.003  # of the training that the end token's probability is measured after


def end_id() -> int:
    """Return the id of the token that ends a turn."""
    return models.language_model().encode("<|im_end|>")[-1]


def end_probability(ids: tuple[int, ...], losses: Tensor) -> float:
    """Return the model's probability of the end token after the whole answer."""
    last = len(ids) - 1 - ids[::-1].index(end_id())
    return math.exp(-float(losses[last - 1]))


def end_after_training(found: core.ChatLabels, mask: str) -> float:
    """Return the probability of the end token after `STEPS` steps on the output matrix."""
    model, ids = models.language_model(), tuple(found.ids.tolist())
    last = len(ids) - 1 - ids[::-1].index(end_id())

    def work() -> float:
        hidden = model.trace(ids[:-1], layers=[], keep=[]).final
        labels = core.masked_as(found, mask, end_id())[1:]
        # Positions without a loss matter only if they are the last one.
        kept = [i for i in range(len(ids) - 1) if labels[i] != core.IGNORED or i == last - 1]
        logits = model.unembed(hidden[kept])
        row = kept.index(last - 1)
        trained = core.trained_logits(logits, hidden[kept], labels[kept], RATE, STEPS, row)
        return float(trained.softmax(0)[end_id()])

    return models.compute(("objectives_end", ids, mask), work)
