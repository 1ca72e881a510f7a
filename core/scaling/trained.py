"""Models whose numbers of parameters and training tokens are published."""

from __future__ import annotations

from dataclasses import dataclass

from core.shapes import KNOWN_MODELS


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A dense model and the number of tokens that it was trained on.

    Attributes:
        name: The model's name.
        parameters: Number of parameters, as its authors state it.
        tokens: Training tokens as stated, repeated ones included.
        source: Where the number of tokens is stated.
    """

    name: str
    parameters: float
    tokens: float
    source: str


def _known(name: str, tokens: float, source: str) -> TrainingRun:
    total = KNOWN_MODELS[name].published_total
    assert total is not None
    return TrainingRun(name, total * 1e9, tokens, source)


TRAINED: tuple[TrainingRun, ...] = (
    TrainingRun("GPT-3", 175e9, 300e9, "Brown et al. (2020), table 2.1"),
    TrainingRun("Gopher", 280e9, 300e9, "Rae et al. (2021), section 3"),
    TrainingRun("Chinchilla", 70e9, 1.4e12, "Hoffmann et al. (2022), section 4"),
    _known("Llama-7B", 1.0e12, "Touvron et al. (2023), arXiv:2302.13971, table 2"),
    _known("Llama-3-8B", 15e12, "meta-llama/Meta-Llama-3-8B, model card (more than 15T)"),
    _known("Llama-3-70B", 15e12, "meta-llama/Meta-Llama-3-70B, model card (more than 15T)"),
    _known("SmolLM2-135M", 2e12, "HuggingFaceTB/SmolLM2-135M, model card"),
)
