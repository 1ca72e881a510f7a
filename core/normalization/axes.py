"""Which values of a padded batch share one mean: over batch and tokens, or over features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import boolean, choice, finite, integer
from core.errors import InputError
from core.normalization.norms import (
    NormTrace,
    batch_norm_trace,
    layer_norm_trace,
    rms_norm_trace,
)

KINDS = ("batch", "layer", "rms")


@dataclass(frozen=True, slots=True)
class PaddedBatch:
    """Sentences of several lengths in one tensor.

    Attributes:
        x: (B, T, D); 0 at padding.
        real: (B, T) bool, True = real token.
    """

    x: Tensor
    real: Tensor


@dataclass(frozen=True, slots=True)
class MeansByLength:
    """The mean that normalizes one value, as one sentence of the batch grows.

    Attributes:
        lengths: 1 to T.
        counted: (T,) BatchNorm's mean with padding counted as zeros.
        masked: (T,) BatchNorm's mean of the real tokens.
        layer: (T,) LayerNorm's mean of the value's own token.
    """

    lengths: tuple[int, ...]
    counted: Tensor
    masked: Tensor
    layer: Tensor


def example_batch(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Return random values (B, T, D) around 2, of one decimal each: sums can be checked by hand."""
    sizes = [integer("shape", size, 1) for size in shape]
    return (torch.randn(sizes, generator=generator) + 2).mul(10).round().div(10)


def padded_batch(values: Tensor, lengths: Sequence[int]) -> PaddedBatch:
    """Cut each sentence to its length and fill the rest with zeros.

    Args:
        values: (B, T, D), a full batch.
        lengths: B numbers from 1 to T.

    Raises:
        ValueError: for values that are not finite, or lengths that do not fit.
    """
    values = finite("values", values, min_ndim=3, max_ndim=3)
    B, T, _D = values.shape
    if len(lengths) != B:
        raise InputError(
            "lengths must have {expected} numbers, one per sentence; got {got}.",
            expected=B,
            got=len(lengths),
        )
    ends = torch.tensor([integer("length", n, 1, T) for n in lengths])
    real = torch.arange(T) < ends[:, None]
    return PaddedBatch(torch.where(real.unsqueeze(-1), values, 0.0), real)


def normalize(kind: str, x: Tensor, real: Tensor | None = None) -> NormTrace:
    """Normalize a batch (B, T, D) by "batch", "layer" or "rms" norm, without gain and shift.

    `real` (B, T) leaves padding out of BatchNorm's statistics; the others never mix tokens.

    Raises:
        ValueError: for an unknown kind, or bad x and real as `batch_norm` says.
    """
    if choice("kind", kind, KINDS) == "batch":
        return batch_norm_trace(x, real)
    return layer_norm_trace(x) if kind == "layer" else rms_norm_trace(x)


def statistics_group(
    kind: str, shape: Sequence[int], index: Sequence[int], real: Tensor | None = None
) -> Tensor:
    """Return which values are averaged to normalize one value.

    Args:
        kind: "batch" averages one feature over all sentences and tokens; "layer" and "rms"
            average all features of one token.
        shape: (B, T, D) of the batch.
        index: (b, t, d) of the value.
        real: (B, T) bool; with it, BatchNorm leaves padding out.

    Returns:
        (B, T, D) bool.

    Raises:
        ValueError: for an unknown kind, an index outside the shape, or a mask of another shape.

    Example:
        >>> statistics_group("layer", (2, 3, 5), (1, 0, 4)).nonzero().tolist()
        [[1, 0, 0], [1, 0, 1], [1, 0, 2], [1, 0, 3], [1, 0, 4]]

    Source: Wu, He 2018, arXiv:1803.08494, figure 2 (the groups as cubes); Shen et al. 2020,
    arXiv:2003.07845, figure 1 (for text).
    """
    choice("kind", kind, KINDS)
    B, T, D = (integer("shape", size, 1) for size in shape)
    b, t, d = (integer("index", i, 0, n - 1) for i, n in zip(index, (B, T, D), strict=True))
    group = torch.zeros(B, T, D, dtype=torch.bool)
    if kind != "batch":
        group[b, t] = True
        return group
    counted = torch.ones(B, T, dtype=torch.bool) if real is None else boolean("mask", real)
    if counted.shape != (B, T):
        raise InputError(
            "mask must have shape {expected}, as x has; got {got}.",
            expected=(B, T),
            got=tuple(counted.shape),
        )
    group[..., d] = counted
    return group


def means_by_length(
    values: Tensor, lengths: Sequence[int], sentence: int, index: Sequence[int]
) -> MeansByLength:
    """Let one sentence grow from 1 token to T and record the mean used for one value.

    Args:
        values: (B, T, D), the full batch.
        lengths: of the B sentences; that of `sentence` does not matter.
        sentence: the one that grows.
        index: (b, t, d) of the value.

    Raises:
        ValueError: for numbers that do not fit the batch.
    """
    B, T, D = finite("values", values, min_ndim=3, max_ndim=3).shape
    sentence = integer("sentence", sentence, 0, B - 1)
    b, t, d = (integer("index", i, 0, n - 1) for i, n in zip(index, (B, T, D), strict=True))
    rows = []
    for n in range(1, T + 1):
        batch = padded_batch(values, [n if i == sentence else m for i, m in enumerate(lengths)])
        rows.append(
            (
                normalize("batch", batch.x).mean[0, 0, d],
                normalize("batch", batch.x, batch.real).mean[0, 0, d],
                normalize("layer", batch.x).mean[b, t, 0],
            )
        )
    counted, masked, layer = (torch.stack(column) for column in zip(*rows, strict=True))
    return MeansByLength(tuple(range(1, T + 1)), counted, masked, layer)
