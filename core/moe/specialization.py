"""Measures of expert specialization: each domain's choice of experts, and its information."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core import checks
from core.errors import InputError

if TYPE_CHECKING:
    from core.moe.tiny_lm import MoELanguageModel


@dataclass(frozen=True, slots=True, eq=False)
class Specialization:
    """The share of each domain's tokens that each expert serves; L layers, E experts, D domains.

    Attributes:
        domains: D names.
        tokens: tokens measured per domain.
        counts: (L, E, D) assignments (k per token).
        share: (L, E, D) counts over their sum; for each layer and domain it sums to 1 over experts.
        lift: (L, E, D) share over the expert's mean share in all domains: 1 = no preference.
        mutual_information: (L,) bits that the expert tells about the domain, all domains weighing
            the same. 0 = experts ignore the domain.
        ceiling: the most it could be: log2 of the smaller of D and E.
        chance: about how many bits the finite sample alone would show, (E-1)(D-1) / (2 N ln 2).
        effective_experts: (L, D) 2 ** entropy of the shares: how many experts a domain really uses.
    """

    domains: tuple[str, ...]
    tokens: tuple[int, ...]
    counts: Tensor
    share: Tensor
    lift: Tensor
    mutual_information: Tensor
    ceiling: float
    chance: float
    effective_experts: Tensor

    def origin(self, layer: int) -> Tensor:
        """Return the share (E, D) of each expert's assignments that comes from each domain.

        Each expert's row sums to 1; the row of an expert without assignments is 0.
        """
        counts = self.counts[layer]
        return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)


def specialization(
    model: MoELanguageModel, texts: Mapping[str, Sequence[str]], max_tokens: int = 4096
) -> Specialization:
    """Run texts of several domains and count which experts their tokens go to.

    Args:
        model: see `load_moe_lm`.
        texts: domain -> its texts; `load_texts` has held-out ones.
        max_tokens: stop after that many tokens per domain.

    Returns:
        A `Specialization`.

    Raises:
        ValueError: fewer than two domains, or a domain without a token.
    """
    if not isinstance(texts, Mapping) or len(texts) < 2:
        raise InputError(
            "texts must map two or more domains to texts; got {got}.",
            got=checks.short(texts),
        )
    checks.integer("max_tokens", max_tokens, 1)
    layers, experts = model.config.num_layers, model.config.num_experts
    counts = torch.zeros(layers, experts, len(texts), dtype=torch.float64)
    tokens = []
    for d, (domain, excerpts) in enumerate(texts.items()):
        room = max_tokens
        for excerpt in [excerpts] if isinstance(excerpts, str) else excerpts:
            ids = model.encode(excerpt)[:room]
            room -= len(ids)
            for start in range(0, len(ids), model.config.context):
                trace = model.trace(ids[start : start + model.config.context])
                for layer in range(layers):
                    chosen = trace.expert_index[layer].reshape(-1)
                    counts[layer, :, d] += torch.bincount(chosen, minlength=experts)
            if room == 0:
                break
        if room == max_tokens:
            raise InputError(
                "texts[{domain!r}] must hold at least one token; it is empty.",
                domain=domain,
            )
        tokens.append(max_tokens - room)
    return specialization_from_counts(tuple(texts), tuple(tokens), counts)


def specialization_from_counts(
    domains: tuple[str, ...], tokens: tuple[int, ...], counts: Tensor
) -> Specialization:
    """Return the statistics of `specialization` from its counts.

    Args:
        domains: D names.
        tokens: D numbers of tokens.
        counts: (L, E, D) assignments, every (layer, domain) with at least one.

    Returns:
        A `Specialization`.

    Example:
        >>> counts = torch.tensor([[[7.0, 0.0], [0.0, 5.0]]])  # expert 0: all of a, 1: all of b
        >>> result = specialization_from_counts(("a", "b"), (7, 5), counts)
        >>> result.mutual_information.tolist(), result.lift[0, 0].tolist()
        ([1.0], [2.0, 0.0])
    """
    _, experts, count = counts.shape
    share = counts / counts.sum(dim=1, keepdim=True)
    mean = share.mean(dim=2, keepdim=True)
    lift = torch.where(mean > 0, share / mean.clamp(min=1e-12), 1.0)
    # The mean over domains of KL(share || mean share) is the mutual information.
    information = torch.xlogy(share, lift.clamp(min=1e-300)).sum(dim=1).mean(dim=1) / math.log(2)
    entropy = -torch.xlogy(share, share).sum(dim=1)
    return Specialization(
        domains=domains,
        tokens=tokens,
        counts=counts,
        share=share,
        lift=lift,
        mutual_information=information.clamp(min=0.0),
        ceiling=math.log2(min(experts, count)),
        chance=(experts - 1) * (count - 1) / (2 * sum(tokens) * math.log(2)),
        effective_experts=entropy.exp(),
    )
