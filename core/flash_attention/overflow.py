"""Softmax in a small number format, with and without subtracting the largest score."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import choice, vector
from core.errors import InputError

#: The number formats by name.
FORMATS = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32}


@dataclass(frozen=True, slots=True)
class SoftmaxInFormat:
    """One way to compute a softmax in one format; every field has that format's rounding."""

    shift: float  # what is subtracted from every score: 0, or the largest score
    exponentials: Tensor  # (N,) e^(score − shift); inf where it leaves the format
    total: float  # their sum
    weights: Tensor  # (N,) exponentials / total; NaN where inf / inf or 0 / 0

    @property
    def correct(self) -> bool:
        """Return whether every weight is a finite number and they sum to 1 within 2 %."""
        return bool(self.weights.isfinite().all()) and abs(float(self.weights.sum()) - 1) < 0.02


@dataclass(frozen=True, slots=True)
class Overflow:
    """The same scores by both ways.

    Attributes:
        scores: (N,) as the format stores them, in float64.
        exact: (N,) their softmax in float64.
        plain: Without subtracting.
        shifted: With the largest score subtracted.
        largest: The format's largest number.
        limit: Its ln: e^s overflows for s above it.
        floor: ln of half the format's smallest positive number: e^s becomes 0 below it.
    """

    scores: Tensor
    exact: Tensor
    plain: SoftmaxInFormat
    shifted: SoftmaxInFormat
    largest: float
    limit: float
    floor: float


def exponent_range(name: str) -> tuple[float, float]:
    """Return the scores between which e^s is neither 0 nor infinite in a format.

    Returns:
        ln(smallest subnormal / 2) and ln(largest number).

    Example:
        >>> [round(end, 2) for end in exponent_range("float16")]
        [-17.33, 11.09]

    Source: IEEE 754-2019, table 3.5 (binary16, binary32); bfloat16 has binary32's exponents.
    """
    info = torch.finfo(FORMATS[choice("name", name, tuple(FORMATS))])
    return math.log(info.tiny * info.eps / 2), math.log(info.max)


def softmax_in_format(scores: Tensor, name: str) -> Overflow:
    """Compute a softmax in a number format, with and without subtracting the largest score.

    Every operation rounds to the format, as a kernel does that keeps nothing in float32.

    Args:
        scores: (N,), finite.
        name: "float16", "bfloat16" or "float32".

    Raises:
        ValueError: A score is not finite in the format, or the format is unknown.

    Example:
        >>> found = softmax_in_format(torch.tensor([12.0, 0.0]), "float16")
        >>> found.plain.exponentials.tolist(), found.plain.weights.isnan().tolist()
        ([inf, 1.0], [True, False])
        >>> [round(w, 5) for w in found.shifted.weights.tolist()]
        [1.0, 1e-05]

    Source: Milakov, Gimelshein (2018), arXiv:1805.02867, algorithms 1 and 2.
    """
    lowest, highest = exponent_range(name)
    stored = vector("scores", scores).to(FORMATS[name])
    if not bool(stored.isfinite().all()):
        raise InputError(
            "scores must be finite numbers of {format}; use smaller numbers.", format=name
        )
    return Overflow(
        scores=stored.double(),
        exact=torch.softmax(stored.double(), dim=0),
        plain=_softmax(stored, torch.zeros_like(stored[0])),
        shifted=_softmax(stored, stored.max()),
        largest=torch.finfo(FORMATS[name]).max,
        limit=highest,
        floor=lowest,
    )


def _softmax(scores: Tensor, shift: Tensor) -> SoftmaxInFormat:
    powers = torch.exp(scores - shift)
    total = powers.sum()
    return SoftmaxInFormat(float(shift), powers, float(total), powers / total)
