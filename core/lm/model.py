"""The language model: prediction (`core.lm.prediction`) and generation (`core.lm.generate`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from core.lm.generate import GenerationStep, generate
from core.lm.prediction import PredictionModel
from core.lm.steps import NextLogProbs, NextProbs
from core.sampling import SamplingParams


class LanguageModel(PredictionModel):
    """A Llama-architecture model, read-only: threads may share one and call it at once.

    Results are on the CPU whatever the model's device. `load_language_model` returns one.

    Example:
        >>> model = load_language_model()
        >>> ids = model.encode("The capital of France is")
        >>> model.token_text(int(model.next_logits(ids).argmax()))
        ' Paris'
    """

    def generate(
        self,
        ids: Sequence[int],
        params: SamplingParams | None = None,
        generator: torch.Generator | None = None,
        *,
        stop_ids: frozenset[int] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> Iterator[GenerationStep]:
        """Generate a continuation token by token; see `core.lm.generate.generate`."""
        return generate(self, ids, params, generator, stop_ids=stop_ids, should_stop=should_stop)

    def next_log_probs(self) -> NextLogProbs:
        """Return the scorer that `core.sampling.beam_search` takes as its `next_log_probs`."""
        return NextLogProbs(self)

    def next_probs(self, before: Sequence[int] = ()) -> NextProbs:
        """Return the predictor that `core.coding.arithmetic_encode` takes as its `next_probs`."""
        return NextProbs(self, before)
