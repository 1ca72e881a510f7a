"""One typed vector through every norm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import choice, number, short, vector
from core.errors import InputError
from core.normalization.norms import (
    NormTrace,
    batch_norm_trace,
    layer_norm_trace,
    rms_norm_trace,
)

FEWEST, MOST = 2, 12
LARGEST = 1e6
READINGS = ("token", "feature")


@dataclass(frozen=True, slots=True)
class VectorNorms:
    """One vector (N,) normalized three ways; every field of the traces has N or 1 values.

    Attributes:
        x: (N,) the vector.
        layer: LayerNorm over the N values.
        rms: RMSNorm over the N values.
        batch: BatchNorm, with the N values as the features of a single token ("token": every
            feature's mean is the value itself) or as one feature of N tokens ("feature").
    """

    x: Tensor
    layer: NormTrace
    rms: NormTrace
    batch: NormTrace


def parse_vector(text: str) -> Tensor:
    """Read numbers that are separated by commas, semicolons or white space; returns float64.

    Raises:
        ValueError: for anything that is not a number, fewer than 2 or more than 12 numbers, or one
            beyond ±1,000,000.

    Example:
        >>> parse_vector("1, 2; -0.5").tolist()
        [1.0, 2.0, -0.5]
    """
    words = re.split(r"[\s,;，；、()\[\]（）]+", text.replace("−", "-").strip())
    words = [word for word in words if word]
    if not FEWEST <= len(words) <= MOST:
        raise InputError(
            "The vector must have {least} to {most} numbers; got {got}.",
            least=FEWEST,
            most=MOST,
            got=len(words),
        )
    values = []
    for word in words:
        try:
            value = float(word)
        except ValueError:
            value = torch.nan
        if not abs(value) <= LARGEST:
            raise InputError(
                "The vector must hold numbers from {low} to {high}; got {got}. Put commas "
                "between them.",
                low="−1,000,000",
                high="1,000,000",
                got=short(word, 20),
            )
        values.append(value)
    return torch.tensor(values, dtype=torch.float64)


def vector_norms(
    x: Tensor | Sequence[float], eps: float = 1e-5, reading: str = "token"
) -> VectorNorms:
    """Send one vector through LayerNorm, RMSNorm and BatchNorm.

    Args:
        x: (N,) numbers.
        eps: added to the variance or the mean square, more than 0.
        reading: what BatchNorm takes the values for, "token" or "feature".

    Raises:
        ValueError: for x that is not a finite vector, an eps that is not positive, or an unknown
            reading.

    Example:
        >>> vector_norms([1.0, 2.0, 3.0, 4.0], 1e-12).layer.variance
        tensor([1.2500], dtype=torch.float64)
    """
    x = vector("x", x)
    number("eps", eps, 0.0, low_open=True)
    shape = (1, 1, -1) if choice("reading", reading, READINGS) == "token" else (1, -1, 1)
    return VectorNorms(
        x=x,
        layer=layer_norm_trace(x, eps),
        rms=rms_norm_trace(x, eps),
        batch=batch_norm_trace(x.view(shape), eps=eps),
    )
