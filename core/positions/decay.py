"""The long-term decay of RoPE's scores: RoFormer's bound, the expectation, a measurement."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import finite, integer, number
from core.errors import InputError
from core.positions.rope import Positions, even_dim, rope_angles, split_pairs
from core.positions.scaling import RopeScaling


@dataclass(frozen=True, slots=True)
class ScoreDecay:
    """RoPE's scores over distance for q and k of one common mean μ.

    All (N,), over `offsets`, and all divided by the same number: d·μ², the expected score at
    distance 0. So bound ≥ amplitude ≥ |expected| at every distance.
    """

    offsets: Tensor
    bound: Tensor  # RoFormer's upper bound on `amplitude`
    amplitude: Tensor  # |Σ hᵢ·e^(iδθᵢ)|, the quantity that the theorem bounds
    expected: Tensor  # E[q·k], the real part of that sum: mean cos(δθ)
    measured_mean: Tensor  # mean of q·k over random pairs
    measured_std: Tensor  # standard deviation over the pairs, in the same unit


def abel_bound(products: Tensor, angles: Tensor) -> Tensor:
    """Return RoFormer's upper bound on |Σᵢ hᵢ·e^(i·angleᵢ)|: maxᵢ |hᵢ₊₁ - hᵢ| · Σⱼ |Sⱼ|.

    Sⱼ is the sum of the first j of the e^(i·angleᵢ), and h is 0 after its last entry.

    Args:
        products: (P,) complex, each pair of q times the conjugate of the same pair of k.
        angles: (N, P) radians.

    Returns:
        (N,), float64.

    Example:
        >>> abel_bound(torch.ones(2), torch.zeros(1, 2)).tolist()  # S₁ = 1, S₂ = 2
        [3.0]

    Source: RoFormer, section 3.4.3, equations 36 and 37.
    """
    angles = finite("angles", angles, min_ndim=2, max_ndim=2).to(torch.float64)
    partial = torch.polar(torch.ones_like(angles), angles).cumsum(dim=-1).abs()
    steps = torch.cat((products, products.new_zeros(1))).diff().abs()
    return float(steps.max()) * partial.sum(dim=-1)


def score_decay(
    head_dim: int,
    offsets: Positions,
    generator: torch.Generator,
    base: float = 10000.0,
    *,
    mean: float = 1.0,
    samples: int = 256,
    scaling: RopeScaling | None = None,
) -> ScoreDecay:
    """Compute RoPE's long-term decay three ways.

    The expectation holds for q and k whose numbers are independent with a common mean; without a
    common mean (mean 0) there is nothing to decay, and the measurement is refused. The bound is
    that of the expected products, which are the same for every pair.

    Args:
        head_dim: size of one head, even.
        offsets: (N,) distances.
        generator: the source of q and k.
        base: RoPE base.
        mean: mean of every number of q and k, not 0; their standard deviation is 1.
        samples: number of random pairs (q, k), at least 2.
        scaling: optional context extension.

    Returns:
        The curves, float64.

    Source: RoFormer, section 3.4.3, equations 36 and 37, figure 2.
    """
    head_dim = even_dim(head_dim)
    mean, samples = number("mean", mean), integer("samples", samples, 2)
    if mean == 0:
        raise InputError(
            "mean must not be 0, because the mean score would then be 0 at every distance."
        )
    where = finite("offsets", offsets, min_ndim=1, max_ndim=1).to(torch.float64)
    angles = rope_angles(where, head_dim, base, scaling)  # (N, P)
    shape = (samples, head_dim)
    q = mean + torch.randn(shape, generator=generator, dtype=torch.float64)
    k = mean + torch.randn(shape, generator=generator, dtype=torch.float64)
    (q1, q2), (k1, k2) = split_pairs(q, "interleaved"), split_pairs(k, "interleaved")
    scores = (q1 * k1 + q2 * k2) @ angles.cos().T + (q1 * k2 - q2 * k1) @ angles.sin().T
    unit = head_dim * mean**2  # E[q·k] at distance 0
    shares = torch.full((head_dim // 2,), 2 / head_dim, dtype=torch.float64)  # hᵢ / unit
    return ScoreDecay(
        offsets=where,
        bound=abel_bound(shares, angles),
        amplitude=torch.polar(shares.expand_as(angles), angles).sum(dim=-1).abs(),
        expected=angles.cos().mean(dim=-1),
        measured_mean=scores.mean(dim=0) / unit,
        measured_std=scores.std(dim=0) / unit,
    )
