"""Load balancing: two losses, a bias without a loss, and measures of balance.

A router that is trained on the task alone prefers the experts that are already good, and the others
are never trained. Sources: Fedus et al. 2021 (Switch), arXiv:2101.03961, eq. 4-6; Zoph et al. 2022
(ST-MoE), arXiv:2202.08906, eq. 5 (z-loss); Wang et al. 2024, arXiv:2408.15664, algorithm 1
(loss-free bias), as used in DeepSeek-V3, arXiv:2412.19437, section 2.1.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.moe.routing import check_logits, route


@dataclass(frozen=True, slots=True, eq=False)
class BalanceTerms:
    """The load-balancing loss in its parts: loss = E * sum(fraction * mean_prob), 1 when even."""

    fraction: Tensor
    mean_prob: Tensor
    products: Tensor
    loss: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class BiasUpdate:
    """One loss-free step: error = mean demand - demand, bias = before + rate * sign(error)."""

    before: Tensor
    error: Tensor
    bias: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class BiasHistory:
    """Rounds of loss-free balancing on one batch.

    Attributes:
        bias: (rounds + 1, E) the bias before the first round, and after each.
        demand: (rounds + 1, E) tokens that choose each expert with that bias.
    """

    bias: Tensor
    demand: Tensor


@dataclass(frozen=True, slots=True)
class LoadStatistics:
    """How even a load is.

    Attributes:
        share: each expert's part of all assignments; sums to 1.
        max_violation: (max - mean) / mean, 0 at perfect balance (Wang et al. 2024, eq. 4).
        variation: standard deviation over mean (Shazeer et al. 2017, eq. 7 squares it).
        effective_experts: 2 ** entropy of the shares: E when even, 1 when one expert takes all.
        dead: experts that got nothing.
    """

    share: tuple[float, ...]
    max_violation: float
    variation: float
    effective_experts: float
    dead: int


def load_balancing_terms(probs: Tensor, expert_index: Tensor) -> BalanceTerms:
    """Return the parts of `load_balancing_loss`.

    Args:
        probs: (T, E) router probabilities.
        expert_index: (T, k) or (T,) chosen experts.

    Returns:
        `BalanceTerms`: fraction (E,) f_e = assignments to e / (T k), mean_prob (E,) P_e; both sum
        to 1.

    Raises:
        ValueError: shapes that do not fit, an expert number outside 0..E-1.

    Example:
        >>> probs = torch.tensor([[0.9, 0.1], [0.7, 0.3]])
        >>> terms = load_balancing_terms(probs, torch.tensor([0, 0]))
        >>> terms.fraction.tolist(), round(float(terms.loss), 3)
        ([1.0, 0.0], 1.6)

    Source: Switch Transformers, eq. 4-6 (k = 1).
    """
    check_logits("probs", probs)
    tokens, num_experts = probs.shape
    index = expert_index
    if not isinstance(index, Tensor) or index.is_floating_point() or index.dtype == torch.bool:
        raise InputError(
            "expert_index must be a tensor of whole numbers; got {got}.",
            got=checks.short(index),
        )
    if index.ndim == 1:
        index = index.unsqueeze(1)
    if index.ndim != 2 or index.shape[0] != tokens or index.shape[1] == 0:
        raise InputError(
            "expert_index must be ({tokens}, k) like the {tokens} rows of probs; got "
            "shape {shape}.",
            tokens=tokens,
            shape=tuple(expert_index.shape),
        )
    if int(index.min()) < 0 or int(index.max()) >= num_experts:
        raise InputError(
            "expert_index must lie in 0..{last}; got {lowest}..{highest}.",
            last=num_experts - 1,
            lowest=int(index.min()),
            highest=int(index.max()),
        )
    counts = torch.bincount(index.reshape(-1), minlength=num_experts)
    fraction = counts.to(probs.dtype) / index.numel()
    mean_prob = probs.mean(dim=0)
    products = fraction * mean_prob
    return BalanceTerms(fraction, mean_prob, products, num_experts * products.sum())


def load_balancing_loss(probs: Tensor, expert_index: Tensor) -> Tensor:
    """Return E · Σ f_e P_e over experts: 1 when choices and probabilities are even.

    f_e counts assignments, so it has no gradient: the loss decreases through P_e alone. With all
    probability on the same k experts it is E / k. Implementations that divide the counts by T
    instead of T · k (Mixtral's in `transformers`) return k times this value.

    Args:
        probs: (T, E) router probabilities.
        expert_index: (T, k) or (T,) chosen experts.

    Returns:
        A scalar, differentiable in `probs`.

    Raises:
        ValueError: shapes that do not fit, an expert number outside 0..E-1.

    Example:
        >>> float(load_balancing_loss(torch.full((2, 2), 0.5), torch.tensor([[0], [1]])))
        1.0

    Source: Switch Transformers, eq. 4, which is for k = 1.
    """
    return load_balancing_terms(probs, expert_index).loss


def router_z_loss(router_logits: Tensor) -> Tensor:
    """Mean over tokens of logsumexp(logits) squared: keeps the logits small.

    Args:
        router_logits: (T, E).

    Returns:
        A scalar, differentiable.

    Raises:
        ValueError: wrong shape or NaN.

    Example:
        >>> round(float(router_z_loss(torch.zeros(3, 2))), 4)  # ln(2) ** 2
        0.4805

    Source: ST-MoE, eq. 5.
    """
    return check_logits("router_logits", router_logits).logsumexp(dim=-1).square().mean()


def update_bias(
    bias: Tensor | Sequence[float], demand: Tensor | Sequence[float], rate: float = 0.001
) -> BiasUpdate:
    """Raise the bias of each underloaded expert by `rate`, lower the others' (loss-free balancing).

    Args:
        bias: (E,) the current selection bias.
        demand: (E,) tokens that chose each expert in the last batch.
        rate: the step u; 0.001 in the paper.

    Returns:
        `BiasUpdate`; its `.bias` goes to the next `route`.

    Raises:
        ValueError: lengths that differ, negative demand, a negative rate.

    Example:
        >>> update_bias([0.0, 0.0, 0.0], [5, 3, 1], rate=0.1).bias.tolist()
        [-0.1, 0.0, 0.1]

    Source: Wang et al. 2024, algorithm 1; DeepSeek-V3 section 2.1.2.
    """
    before = checks.vector("bias", bias)
    counts = _counts("demand", demand)
    if counts.numel() != before.numel():
        raise InputError(
            "demand must have one value per bias ({expected}); got {got}.",
            expected=before.numel(),
            got=counts.numel(),
        )
    checks.number("rate", rate, 0.0)
    error = counts.mean() - counts
    step = rate * error.sign().to(before)
    return BiasUpdate(before=before, error=error, bias=before + step)


def balance_by_bias(
    router_logits: Tensor, top_k: int, rounds: int, rate: float = 0.001
) -> BiasHistory:
    """Repeat routing and `update_bias` on one batch, starting without a bias.

    An even load is a fixed point. With a large rate the bias may step over it again and again.

    Args:
        router_logits: (T, E).
        top_k: experts per token.
        rounds: 0 or more.
        rate: as in `update_bias`.

    Returns:
        A `BiasHistory`.

    Raises:
        ValueError: as in `route` and `update_bias`, or a negative number of rounds.

    Example:
        >>> logits = torch.tensor([[0.3, 0.0], [0.1, 0.0]])  # both tokens prefer expert 0
        >>> balance_by_bias(logits, top_k=1, rounds=3, rate=0.02).demand.tolist()
        [[2, 0], [2, 0], [1, 1], [1, 1]]

    Source: Wang et al. 2024, algorithm 1, with the same batch in every round.
    """
    checks.integer("rounds", rounds, 0)
    bias = [torch.zeros(router_logits.shape[-1])]
    demand = [route(router_logits, top_k).demand]
    for _ in range(rounds):
        bias.append(update_bias(bias[-1], demand[-1], rate).bias)
        # Without a bias the logits are ranked, which cannot tie by underflow; see `MoELayer`.
        given = bias[-1] if bool(bias[-1].any()) else None
        demand.append(route(router_logits, top_k, bias=given).demand)
    return BiasHistory(torch.stack(bias), torch.stack(demand))


def load_statistics(load: Tensor | Sequence[float]) -> LoadStatistics:
    """Measure how even a load is.

    Args:
        load: (E,) tokens per expert (or shares).

    Returns:
        `LoadStatistics`.

    Raises:
        ValueError: negative or non-finite values, or nothing at all on any expert.

    Example:
        >>> stats = load_statistics([6, 2, 0, 0])
        >>> stats.share, stats.max_violation, stats.dead
        ((0.75, 0.25, 0.0, 0.0), 2.0, 2)

    Source: Wang et al. 2024, eq. 4; Shazeer et al. 2017, eq. 7.
    """
    counts = _counts("load", load)
    total = float(counts.sum())
    if total <= 0:
        raise InputError("load must hold at least one token; got none on any expert.")
    share = counts / total
    positive = share[share > 0]
    mean = float(counts.mean())
    return LoadStatistics(
        share=tuple(share.tolist()),
        max_violation=float(counts.max()) / mean - 1.0,
        variation=float(counts.std(correction=0)) / mean,
        effective_experts=math.exp(-float((positive * positive.log()).sum())),
        dead=int((counts == 0).sum()),
    )


def _counts(name: str, value: Tensor | Sequence[float]) -> Tensor:
    counts = checks.vector(name, value).to(torch.float64)
    if not bool(torch.isfinite(counts).all()) or bool((counts < 0).any()):
        raise InputError(
            "{name} must hold counts, 0 or more; got {got}.",
            name=name,
            got=checks.short(counts.tolist()),
        )
    return counts
