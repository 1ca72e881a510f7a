"""Figures of the language-model page."""

from charts.language_model.text import LABELED_TOKENS, prediction, surprisal
from charts.language_model.totals import bits, power_of_two, running_bits, sizes

__all__ = [
    "LABELED_TOKENS",
    "bits",
    "power_of_two",
    "prediction",
    "running_bits",
    "sizes",
    "surprisal",
]
