"""Counts of many draws, compared with the distribution that they come from."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.sampling.penalties import check_ids
from core.sampling.trace import detached, draw


@dataclass(frozen=True, slots=True)
class DrawCounts:
    """How often each token came.

    Attributes:
        n: how many draws.
        ids: (n,) the draws, in order.
        counts: (V,) int64.
        frequencies: (V,) counts / n.
        expected: (V,) n · p.
        total_variation: between frequencies and p, from 0 to 1.
        chi_square: Pearson's test that the draws come from p.
    """

    n: int
    ids: Tensor
    counts: Tensor
    frequencies: Tensor
    expected: Tensor
    total_variation: float
    chi_square: ChiSquare


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """Pearson's goodness-of-fit test.

    Attributes:
        statistic: Σ (count - expected)² / expected over the cells.
        cells: how many cells; tokens expected fewer than 5 times share one.
        degrees: cells - 1.
        p_value: chance of a statistic at least this large if the draws do come from p; None where
            there are too few draws for two cells.
    """

    statistic: float
    cells: int
    degrees: int
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Whisker:
    """The share that some tokens have of the draws, against their probability.

    Attributes:
        p: their probability.
        count: how often they came.
        share: count / n.
        deviation: standard deviation of the share of n draws, √(p(1 - p)/n).
        z: (share - p) / deviation; 0 where the deviation is 0.
    """

    p: float
    count: int
    share: float
    deviation: float
    z: float


@dataclass(frozen=True, slots=True)
class HiddenTail:
    """What a picture of some tokens leaves out.

    Attributes:
        count: how many tokens are not shown.
        mass: their probability.
        shown_mass: the probability of those shown.
        inflation: 1 / shown_mass, the factor by which a picture overstates every token if it
            renormalizes over what it shows; inf where nothing shown can come.
    """

    count: int
    mass: float
    shown_mass: float
    inflation: float


def draw_counts(
    probs: Tensor | Sequence[float], generator: torch.Generator, n: int = 100
) -> DrawCounts:
    """Draw n tokens and count them.

    Args:
        probs: (V,) probabilities, sum 1.
        generator: the only source of randomness.
        n: how many draws, at least 1.

    Returns:
        A DrawCounts.

    Raises:
        ValueError: as `draw`.

    Example:
        `draw_counts([0.25, 0.75], torch.Generator().manual_seed(0), 100).counts.sum()` is 100.

    Source: Pearson (1900), for the test.
    """
    p = checks.probabilities("probs", detached(probs)).to(torch.float64)
    ids = draw(p, generator, n)
    counts = torch.bincount(ids, minlength=p.numel())
    frequencies = counts.to(torch.float64) / n
    return DrawCounts(
        n=n,
        ids=ids,
        counts=counts,
        frequencies=frequencies,
        expected=n * p,
        total_variation=total_variation(frequencies, p),
        chi_square=chi_square_test(counts, p),
    )


def whisker(counts: DrawCounts, ids: Collection[int], *, others: bool = False) -> Whisker:
    """Return how far the share of some tokens lies from their probability.

    Args:
        counts: the draws.
        ids: the tokens.
        others: take all tokens but these.

    Returns:
        A Whisker.

    Raises:
        ValueError: if an id is outside the vocabulary.

    Example:
        With p = 0.5 and 100 draws the deviation is 0.05; 60 draws of the token are z = 2.

    Source: the variance of a binomial count, n p (1 - p).
    """
    places = check_ids(_listed(ids), counts.counts.numel(), "ids")
    mask = torch.full((counts.counts.numel(),), others).index_fill(0, places, not others)
    p = min(1.0, float(counts.expected[mask].sum()) / counts.n)
    seen = int(counts.counts[mask].sum())
    share = seen / counts.n
    deviation = math.sqrt(p * (1 - p) / counts.n)
    z = (share - p) / deviation if deviation > 0 else 0.0
    return Whisker(p, seen, share, deviation, z)


def total_variation(p: Tensor | Sequence[float], q: Tensor | Sequence[float]) -> float:
    """Return half the L1 distance of two distributions: from 0 (equal) to 1 (disjoint).

    Args:
        p: (V,) probabilities.
        q: (V,) probabilities.

    Returns:
        A number from 0 to 1.

    Raises:
        ValueError: if one is no distribution or the sizes differ.

    Example:
        `total_variation([1.0, 0.0], [0.5, 0.5])` is 0.5.

    Source: Levin, Peres, Wilmer (2009), "Markov Chains and Mixing Times", proposition 4.2.
    """
    a = checks.probabilities("p", detached(p)).to(torch.float64)
    b = checks.probabilities("q", detached(q)).to(torch.float64)
    if a.shape != b.shape:
        raise InputError(
            "p and q must have the same size; got {p_size} and {q_size}.",
            p_size=a.numel(),
            q_size=b.numel(),
        )
    return min(1.0, 0.5 * float((a - b).abs().sum()))


def chi_square_test(
    counts: Tensor | Sequence[int], probs: Tensor | Sequence[float], least_expected: float = 5.0
) -> ChiSquare:
    """Test whether counts fit a distribution, rare tokens pooled into one cell.

    Args:
        counts: (V,) how often each token came.
        probs: (V,) probabilities.
        least_expected: cells expected less often than this are pooled, the rarest first.

    Returns:
        A ChiSquare; the statistic is inf where a token of probability 0 came.

    Raises:
        ValueError: if counts are negative or all 0, or the sizes differ.

    Example:
        Counts 30 and 70 against 0.5 and 0.5: (20² + 20²) / 50 = 16 with one degree of freedom.

    Source: Pearson (1900); the rule of five is Cochran's (1954).
    """
    p = checks.probabilities("probs", detached(probs)).to(torch.float64)
    c = checks.vector("counts", counts).to(torch.float64)
    least_expected = checks.number("least_expected", least_expected, 0.0)
    if c.shape != p.shape:
        raise InputError(
            "counts must have {expected} values, as probs has; got {got}.",
            expected=p.numel(),
            got=c.numel(),
        )
    if not bool(torch.isfinite(c).all()) or float(c.min()) < 0 or float(c.sum()) <= 0:
        raise InputError(
            "counts must be at least 0 and not all 0; got {got}.",
            got=checks.short(c.tolist()),
        )
    n = float(c.sum())
    order = torch.argsort(p, stable=True)
    expected, seen = (n * p)[order], c[order]
    rare = int((expected < least_expected).sum())
    pooled = int((expected.cumsum(0) < least_expected).sum()) + 1 if rare else 0
    first = max(rare, min(pooled, p.numel()))
    cells_expected, cells_seen = expected[first:], seen[first:]
    if first:
        cells_expected = torch.cat((expected[:first].sum()[None], cells_expected))
        cells_seen = torch.cat((seen[:first].sum()[None], cells_seen))
    cells = cells_expected.numel()
    if bool((seen[expected == 0] > 0).any()):
        return ChiSquare(math.inf, cells, cells - 1, 0.0)
    possible = cells_expected > 0
    gaps = (cells_seen - cells_expected)[possible] ** 2 / cells_expected[possible]
    statistic = float(gaps.sum())
    if cells < 2:
        return ChiSquare(statistic, cells, 0, None)
    half = torch.tensor([(cells - 1) / 2, statistic / 2], dtype=torch.float64)
    return ChiSquare(statistic, cells, cells - 1, float(torch.special.gammaincc(half[0], half[1])))


def hidden_tail(probs: Tensor | Sequence[float], shown_ids: Collection[int] | Tensor) -> HiddenTail:
    """Count the tokens that a figure does not show, and sum their probability.

    Args:
        probs: (V,) probabilities over the whole vocabulary.
        shown_ids: ids that are shown; one given twice counts once.

    Returns:
        A HiddenTail.

    Raises:
        ValueError: if probs is no distribution or an id is outside it.

    Example:
        `hidden_tail([0.5, 0.3, 0.1, 0.1], [0, 1])` hides 2 tokens of mass 0.2; renormalized over
        what it shows, the picture would say 0.5 · 1.25 = 0.625 for the first.

    Source: the complement rule of probability.
    """
    p = checks.probabilities("probs", detached(probs))
    shown = torch.unique(check_ids(_listed(shown_ids), p.numel(), "shown_ids")).to(p.device)
    rest = p.index_fill(0, shown, 0.0)
    mass = float(rest.sum(dtype=torch.float64))
    shown_mass = float(p.index_select(0, shown).sum(dtype=torch.float64))
    inflation = 1.0 / shown_mass if shown_mass > 0 else math.inf
    return HiddenTail(p.numel() - shown.numel(), mass, shown_mass, inflation)


def _listed(ids: Collection[int] | Tensor) -> Sequence[int] | Tensor:
    return sorted(ids) if isinstance(ids, (set, frozenset)) else ids  # ty: ignore[invalid-explicit-return]
