"""From logits to the final distribution, with every stage recorded; then the draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.sampling import filters, penalties
from core.sampling.params import SamplingParams


@dataclass(frozen=True, slots=True)
class Stage:
    """What one filter did.

    Attributes:
        name: one of `STAGES`.
        logits: (V,) after the stage, removed tokens -inf.
        probs: (V,) softmax of these.
        kept: (V,) bool, the tokens that are left.
        entropy: of probs, in bits.
        kept_count: how many tokens are left.
        removed_count: how many tokens this stage removed.
        removed_mass: their probability in the distribution before the stage.
        effective_choices: 2 to the power of the entropy.
        cutoff_rank: place of the least likely token kept (1 = the most likely) in the curve before
            the stage; None where the stage removed nothing.
        cutoff_prob: its probability there; None likewise.
    """

    name: str
    logits: Tensor
    probs: Tensor
    kept: Tensor
    entropy: float
    kept_count: int
    removed_count: int
    removed_mass: float
    effective_choices: float
    cutoff_rank: int | None
    cutoff_prob: float | None


@dataclass(frozen=True, slots=True)
class SamplingTrace:
    """The way from raw logits to the final distribution.

    Attributes:
        params: the settings.
        raw_logits: (V,) as given.
        raw_probs: (V,) softmax of the raw logits over the whole vocabulary.
        raw_entropy: in bits.
        order: (V,) token ids from the most to the least likely, ties by id.
        stages: one per filter that the settings switch on, in running order.
        logits, probs: (V,) after the last stage.
        kept: (V,) bool, what can still be drawn.
        entropy: of the final distribution, in bits.
    """

    params: SamplingParams
    raw_logits: Tensor
    raw_probs: Tensor
    raw_entropy: float
    order: Tensor
    stages: tuple[Stage, ...]
    logits: Tensor
    probs: Tensor
    kept: Tensor
    entropy: float

    @property
    def effective_choices(self) -> float:
        """Return 2 to the power of the final entropy."""
        return 2.0**self.entropy


def sampling_trace(
    logits: Tensor | Sequence[float],
    params: SamplingParams,
    previous_ids: Sequence[int] | Tensor = (),
    order: Tensor | None = None,
) -> SamplingTrace:
    """Run the filters that `params` switches on, in its order, and keep every intermediate.

    Args:
        logits: (V,) real numbers, or -inf for a token that cannot come.
        params: the settings.
        previous_ids: the running context, which only the penalties use.
        order: `descending_order(logits)` if it is already at hand. The sort is most of the time
            for a large vocabulary, and the same for every setting of the sliders.

    Returns:
        A SamplingTrace; `.probs` is what `draw` takes.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        Logits log 0.664, log 0.199, log 0.105, log 0.032 with temperature 0.7, top-k 3, top-p 0.8
        end as 0.848, 0.152, 0, 0.

    Source: the stages' own papers; see `core.sampling.filters` and `core.sampling.penalties`.
    """
    x = filters.check_logits(logits)
    if not isinstance(params, SamplingParams):
        raise InputError(
            "params must be SamplingParams; got {got}.",
            got=checks.short(params),
        )
    context = penalties.check_ids(previous_ids, x.numel())
    raw_order = filters.descending_order(x) if order is None else filters.check_order(x, order)
    raw_probs, raw_entropy = _softmax_and_entropy(x)
    current, probs, ranks, entropy = x, raw_probs, raw_order, raw_entropy
    kept = x > filters.REMOVED
    alive = int(torch.count_nonzero(kept))
    stages: list[Stage] = []
    for name in params.active_stages():
        after = _run(name, current, ranks, params, context)
        new_ranks = _new_ranks(name, after, ranks)
        new_probs, entropy = _softmax_and_entropy(after)
        new_kept = after > filters.REMOVED
        count = int(torch.count_nonzero(new_kept))
        removed_mass, cutoff_rank, cutoff_prob = 0.0, None, None
        if count < alive:
            removed_mass = float(torch.dot(probs.detach(), (~new_kept).to(probs.dtype)))
            # Unless the stage had to sort anew, it cut the curve at one place: after `count`.
            cutoff_rank = count if new_ranks is ranks else _last_place(new_kept, ranks)
            cutoff_prob = float(probs[ranks[cutoff_rank - 1]])
        stages.append(
            Stage(
                name=name,
                logits=after,
                probs=new_probs,
                kept=new_kept,
                entropy=entropy,
                kept_count=count,
                removed_count=alive - count,
                removed_mass=removed_mass,
                effective_choices=2.0**entropy,
                cutoff_rank=cutoff_rank,
                cutoff_prob=cutoff_prob,
            )
        )
        current, probs, ranks, kept, alive = after, new_probs, new_ranks, new_kept, count
    return SamplingTrace(
        params=params,
        raw_logits=x,
        raw_probs=raw_probs,
        raw_entropy=raw_entropy,
        order=raw_order,
        stages=tuple(stages),
        logits=current,
        probs=probs,
        kept=kept,
        entropy=entropy,
    )


def draw(probs: Tensor | Sequence[float], generator: torch.Generator, n: int = 1) -> Tensor:
    """Draw n token ids from a distribution, each draw independent of the others.

    The draw inverts the cumulative distribution at a uniform number, so two distributions drawn
    from with the same seed stay comparable draw by draw, and a probability of 0 never comes.

    Args:
        probs: (V,) probabilities, sum 1.
        generator: the only source of randomness.
        n: how many draws, at least 1.

    Returns:
        (n,) int64 token ids.

    Raises:
        ValueError: if probs is not a distribution, there is no generator, or n is below 1.

    Example:
        `draw([0.0, 1.0], torch.Generator().manual_seed(0), 3)` is `[1, 1, 1]`.

    Source: Devroye (1986), "Non-Uniform Random Variate Generation", section III.2.
    """
    p = checks.probabilities("probs", detached(probs))
    if not isinstance(generator, torch.Generator):
        raise InputError(
            "generator must be a torch.Generator; got {got}.",
            got=checks.short(generator),
        )
    n = checks.integer("n", n, 1)
    uniform = torch.rand(n, generator=generator, dtype=torch.float64, device=generator.device)
    reached = p.cumsum(0, dtype=torch.float64)
    places = torch.searchsorted(reached, uniform.to(p.device) * reached[-1], right=True)
    return places.clamp_(max=int(p.nonzero()[-1]))


def detached(values: Tensor | Sequence[float]) -> Tensor | Sequence[float]:
    """Return the same values without their gradient, because a draw has none."""
    return values.detach() if isinstance(values, Tensor) else values


def _run(
    name: str, logits: Tensor, ranks: Tensor, params: SamplingParams, context: Tensor
) -> Tensor:
    """Return the logits after one stage."""
    if name == "temperature":
        return filters.apply_temperature(logits, params.temperature)
    if name == "top_k":
        return filters.top_k(logits, params.top_k, order=ranks)
    if name == "top_p":
        return filters.top_p(logits, params.top_p, order=ranks)
    if name == "min_p":
        return filters.min_p(logits, params.min_p)
    if name == "typical_p":
        return filters.typical_p(logits, params.typical_p)
    if name == "top_n_sigma":
        return filters.top_n_sigma(logits, params.top_n_sigma)
    if name == "epsilon_cutoff":
        return filters.epsilon_cutoff(logits, params.epsilon_cutoff)
    if name == "no_repeat_ngram":
        return penalties.no_repeat_ngram(logits, context, params.no_repeat_ngram)
    if name == "frequency_presence":
        return penalties.frequency_presence_penalty(
            logits, context, params.frequency_penalty, params.presence_penalty
        )
    return penalties.repetition_penalty(logits, context, params.repetition_penalty)


def _new_ranks(name: str, after: Tensor, ranks: Tensor) -> Tensor:
    """Return the descending order after a stage, sorted again only where the stage changes it.

    It always lists the surviving tokens first, from the most likely down, so that top-k and top-p
    need no sort of their own.
    """
    if name in ("repetition_penalty", "frequency_presence"):
        return filters.descending_order(after)
    if name in ("typical_p", "no_repeat_ngram"):  # these remove tokens from anywhere in the order
        left = (after > filters.REMOVED).index_select(0, ranks)
        return torch.cat((ranks[left], ranks[~left]))
    return ranks


def _last_place(kept: Tensor, ranks: Tensor) -> int:
    """Return place, from 1, of the least likely token kept."""
    return int(kept.index_select(0, ranks).nonzero()[-1]) + 1


def _softmax_and_entropy(logits: Tensor) -> tuple[Tensor, float]:
    probs = logits.softmax(0)
    log_probs = logits.log_softmax(0)
    # 0 · -inf would be NaN; where the clamp acts the probability is 0 in any case.
    nats = -float(torch.dot(probs.detach(), log_probs.detach().clamp(min=-1e4)))
    return probs, max(0.0, nats / math.log(2.0))
