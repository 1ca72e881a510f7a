"""What the map shows of the sentence: one pass of the model, and the choice of the next token."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

import ui
from charts import home as charts
from core.home import KEEP, TextMap, text_map
from core.sampling import SamplingParams, draw, sampling_trace
from pages.home import controls
from ui import models


@dataclass(frozen=True, slots=True)
class Choice:
    """The most likely next tokens at one temperature, and the drawn one.

    Attributes:
        ids: The most likely tokens.
        probs: Their probabilities, then that of all other tokens together.
        drawn: The drawn token.
        share: Its probability.
        entropy: Of the distribution, in bits.
    """

    ids: tuple[int, ...]
    probs: tuple[float, ...]
    drawn: int
    share: float
    entropy: float

    @property
    def row(self) -> int:
        """Return the drawn token's row in the figure."""
        return self.ids.index(self.drawn) if self.drawn in self.ids else len(self.ids)


@lru_cache(maxsize=64)
def sentence_ids(text: str, _language: str) -> tuple[tuple[int, ...], str]:
    """Return the token ids of a sentence, and a sentence if it was truncated."""
    ids, cut = models.encode_limited(text, controls.LONGEST, "last")
    # Before an empty text stands the token that separated documents in training.
    return tuple(ids) or (models.language_model().start_id,), cut


def current_ids() -> tuple[int, ...]:
    """Return the token ids of the visitor's sentence."""
    return sentence_ids(controls.text.value, ui.current_language())[0]


def read(ids: tuple[int, ...]) -> TextMap:
    """Return the map of a sentence: one pass gives all layers, all heads and the logits."""
    model = models.language_model()
    return models.compute(("home_map", ids), lambda: text_map(model.trace(ids, keep=KEEP)))


@lru_cache(maxsize=512)
def choose(ids: tuple[int, ...], temperature: float, seed: int) -> Choice:
    """Return the distribution of the next token at a temperature, and the token that is drawn."""
    found = read(ids)
    params = SamplingParams(temperature=temperature)
    trace = sampling_trace(found.logits, params, order=found.order)
    drawn = int(draw(trace.probs, torch.Generator().manual_seed(seed)))
    top = found.order[: charts.TOP]
    probs = trace.probs[top]
    rest = max(0.0, 1 - float(probs.double().sum()))
    return Choice(
        tuple(top.tolist()),
        (*probs.tolist(), rest),
        drawn,
        float(trace.probs[drawn]),
        trace.entropy,
    )


def current_choice() -> Choice:
    """Return the choice at the current settings."""
    return choose(current_ids(), controls.temperature.value, controls.seed.value)


@lru_cache(maxsize=65_536)
def word(i: int) -> str:
    """Return a token in visible characters."""
    return ui.plain(models.token(i))
