"""The router of a mixture of experts: the experts of each token, and their weights.

    logits -> softmax -> the k best -> gates -> a queue per expert -> kept or dropped

Sources: Shazeer et al. 2017, "Outrageously Large Neural Networks", arXiv:1701.06538 (noisy top-k,
eq. 3-5); Fedus et al. 2021, "Switch Transformers", arXiv:2101.03961 (top-1, capacity,
section 2.2); Jiang et al. 2024, "Mixtral of Experts", arXiv:2401.04088 (softmax over the chosen k,
section 2.1); Wang et al. 2024, "Auxiliary-Loss-Free Load Balancing", arXiv:2408.15664
(the selection bias, eq. 3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core import checks
from core.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Routing:
    """Everything the router decided about T tokens, E experts, k experts per token.

    Attributes:
        logits: (T, E) the router's logits, as given.
        probs: (T, E) their softmax over all experts.
        selection: (T, E) the scores that were ranked: logits, or probs + bias if there is one.
        expert_index: (T, k) the chosen experts, best first; a tie goes to the lower number.
        gate: (T, k) the weight of each chosen expert's output; the bias never enters it.
        position: (T, k) place in that expert's queue, from 0, earlier tokens first.
        kept: (T, k) True where the place lies below the capacity.
        weight: (T, k) gate where kept, 0 where dropped: what the combine step multiplies by.
        demand: (E,) tokens that chose each expert.
        load: (E,) tokens that each expert kept.
        dropped: how many of the T * k assignments fell out.
        fully_dropped: (T,) True where *every* chosen expert was full, so that only the residual
            connection carries the token on.
        capacity: tokens per expert, or None for no limit.
        normalize: "after" or "before", see `route`.
    """

    logits: Tensor
    probs: Tensor
    selection: Tensor
    expert_index: Tensor
    gate: Tensor
    position: Tensor
    kept: Tensor
    weight: Tensor
    demand: Tensor
    load: Tensor
    dropped: int
    fully_dropped: Tensor
    capacity: int | None
    normalize: str


@dataclass(frozen=True, slots=True, eq=False)
class NoisyLogits:
    """Noisy top-k, one part per field: logits = clean + noise * scale, all (T, E)."""

    clean: Tensor
    scale: Tensor
    noise: Tensor
    logits: Tensor


def check_logits(name: str, value: Tensor) -> Tensor:
    """Return `value` if it is a finite floating (T, E) tensor with at least one row and column."""
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.ndim != 2:
        got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else checks.short(value)
        raise InputError(
            "{name} must be a floating (tokens, experts) tensor; got {got}.",
            name=name,
            got=got,
        )
    if value.numel() == 0:
        raise InputError(
            "{name} must have at least one token and one expert; got shape {shape}.",
            name=name,
            shape=tuple(value.shape),
        )
    if not bool(torch.isfinite(value).all()):
        raise InputError(
            "{name} must be finite; got NaN or infinity. Check the router's input.",
            name=name,
        )
    return value


def route(
    router_logits: Tensor,
    top_k: int,
    capacity: int | None = None,
    normalize: str = "after",
    bias: Tensor | Sequence[float] | None = None,
) -> Routing:
    """Choose `top_k` experts for every token, weigh them, and drop what no longer fits.

    Args:
        router_logits: (T, E) one row a token.
        top_k: experts per token, 1 to E.
        capacity: most tokens an expert takes; the earlier tokens come first. None = no limit.
        normalize: "after" = softmax over the chosen k, so that a token's gates sum to 1 (Mixtral);
            "before" = softmax over all E and the chosen entries stay as they are (Switch).
        bias: (E,) added to the probabilities for the *choice* only (loss-free balancing).

    Returns:
        A `Routing` with every intermediate. Gradients flow through probs, gate and weight.

    Raises:
        ValueError: wrong shape, NaN, top_k outside 1..E, a negative capacity, unknown `normalize`.

    Example:
        >>> logits = torch.tensor([[2.0, 1.0, 0.0], [3.0, 0.0, 1.0]])
        >>> routing = route(logits, top_k=1, capacity=1)
        >>> routing.expert_index.tolist(), routing.kept.tolist(), routing.dropped
        ([[0], [0]], [[True], [False]], 1)

    Source: Mixtral section 2.1 ("after"), Switch section 2.1 ("before"), Wang et al. eq. 3 (bias).
    """
    logits = check_logits("router_logits", router_logits)
    num_experts = logits.shape[1]
    checks.integer("top_k", top_k, 1, num_experts)
    if capacity is not None:
        checks.integer("capacity", capacity, 0)
    checks.choice("normalize", normalize, ("after", "before"))

    probs = logits.softmax(dim=-1)
    selection = logits if bias is None else probs + _bias(bias, logits)
    # A stable sort, because topk leaves the order of equal scores to chance.
    ranked = selection.detach().sort(dim=-1, descending=True, stable=True).indices
    expert_index = ranked[:, :top_k]
    if normalize == "after":
        gate = logits.gather(1, expert_index).softmax(dim=-1)
    else:
        gate = probs.gather(1, expert_index)

    chosen = F.one_hot(expert_index, num_experts).sum(dim=1)  # (T, E), 0 or 1
    queue = chosen.cumsum(dim=0) - chosen  # (T, E): how many earlier tokens chose this expert
    position = queue.gather(1, expert_index)
    kept = torch.ones_like(position, dtype=torch.bool) if capacity is None else position < capacity
    demand = chosen.sum(dim=0)
    load = demand if capacity is None else demand.clamp(max=capacity)
    return Routing(
        logits=logits,
        probs=probs,
        selection=selection,
        expert_index=expert_index,
        gate=gate,
        position=position,
        kept=kept,
        weight=gate.masked_fill(~kept, 0.0),
        demand=demand,
        load=load.clone(),
        dropped=int((demand - load).sum()),
        fully_dropped=~kept.any(dim=-1),
        capacity=capacity,
        normalize=normalize,
    )


def _bias(bias: Tensor | Sequence[float], logits: Tensor) -> Tensor:
    vector = checks.vector("bias", bias)
    if vector.numel() != logits.shape[1]:
        raise InputError(
            "bias must have one value per expert ({expected}); got {got}.",
            expected=logits.shape[1],
            got=vector.numel(),
        )
    if not bool(torch.isfinite(vector).all()):
        raise InputError(
            "bias must be finite; got {got}.",
            got=checks.short(vector.tolist()),
        )
    return vector.detach().to(logits)


def expert_capacity(
    num_tokens: int, num_experts: int, top_k: int = 1, capacity_factor: float = 1.0
) -> int:
    """Return the tokens per expert: factor · tokens · k / experts, rounded up, at least 1.

    Args:
        num_tokens: tokens routed together (batch times length).
        num_experts: experts.
        top_k: experts per token.
        capacity_factor: 1.0 is just enough at perfect balance; above it is slack.

    Returns:
        The capacity for `route`.

    Raises:
        ValueError: a count below 1, or a factor that is not above 0.

    Example:
        >>> expert_capacity(num_tokens=10, num_experts=4, top_k=1, capacity_factor=1.25)
        4

    Source: Switch Transformers, eq. 3.
    """
    checks.integer("num_tokens", num_tokens, 1)
    checks.integer("num_experts", num_experts, 1)
    checks.integer("top_k", top_k, 1, num_experts)
    checks.number("capacity_factor", capacity_factor, 0.0, low_open=True)
    exact = capacity_factor * num_tokens * top_k / num_experts
    return max(1, math.ceil(exact - 1e-9))  # 1.1 * 50 / 5 is 11.000000000000002 in floats


def noisy_logits(
    router_logits: Tensor, noise_scale_logits: Tensor | float, generator: torch.Generator
) -> NoisyLogits:
    """Add normal noise whose scale is the softplus of a second projection (noisy top-k gating).

    Args:
        router_logits: (T, E) x W_g.
        noise_scale_logits: (T, E) x W_noise, or one number for all; the noise's standard deviation
            is its softplus (0 gives ln 2, very negative gives none).
        generator: where the noise comes from.

    Returns:
        `NoisyLogits`; give `.logits` to `route`.

    Raises:
        ValueError: shapes that differ, NaN.

    Example:
        >>> noisy = noisy_logits(torch.zeros(1, 2), -50.0, torch.Generator().manual_seed(0))
        >>> bool(noisy.logits.abs().max() < 1e-20)
        True

    Source: Shazeer et al. 2017, eq. 4.
    """
    clean = check_logits("router_logits", router_logits)
    if isinstance(noise_scale_logits, Tensor):
        raw = check_logits("noise_scale_logits", noise_scale_logits)
        if raw.shape != clean.shape:
            raise InputError(
                "noise_scale_logits must have the shape of router_logits, {expected}; got {got}.",
                expected=tuple(clean.shape),
                got=tuple(raw.shape),
            )
    else:
        raw = torch.full_like(clean, checks.number("noise_scale_logits", noise_scale_logits))
    scale = F.softplus(raw)
    noise = torch.randn(clean.shape, dtype=clean.dtype, generator=generator).to(clean.device)
    return NoisyLogits(clean=clean, scale=scale, noise=noise, logits=clean + noise * scale)


def jitter(x: Tensor, epsilon: float, generator: torch.Generator) -> Tensor:
    """Multiply the router's input by uniform noise from [1 - epsilon, 1 + epsilon].

    Args:
        x: any floating tensor, usually (T, D).
        epsilon: half-width, 0 to 1; Switch uses 0.01.
        generator: where the noise comes from.

    Returns:
        A new tensor of the shape of `x`.

    Raises:
        ValueError: `epsilon` outside 0..1, or an `x` that is not floating.

    Example:
        >>> jitter(torch.ones(3), 0.0, torch.Generator().manual_seed(0)).tolist()
        [1.0, 1.0, 1.0]

    Source: Switch Transformers, section 2.4 and appendix F (input jitter).
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise InputError(
            "x must be a floating tensor; got {got}.",
            got=checks.short(x),
        )
    checks.number("epsilon", epsilon, 0.0, 1.0)
    uniform = torch.rand(x.shape, dtype=x.dtype, generator=generator).to(x.device)
    return x * (1.0 - epsilon + 2.0 * epsilon * uniform)
