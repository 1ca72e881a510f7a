"""Sparse upcycling: a trained dense feed-forward network, copied into experts.

Right after copying all experts are the same function, so with gates that sum to 1 the layer still
computes what the dense network did; then training pulls the copies apart. Source: Komatsuzaki et
al. 2023, "Sparse Upcycling", arXiv:2212.05055, section 3 and appendix B.7 (normalized gates).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.moe.layer import MoELayer, SwiGLUExperts


@dataclass(frozen=True, slots=True, eq=False)
class Upcycled:
    """A MoE layer made from a dense one, and what that cost; FLOPs are per token, forward only.

    Attributes:
        layer: the new layer, its weights independent copies.
        dense_parameters: of the dense network.
        total_parameters: of the layer: every copy and the router.
        active_parameters: those that one token meets: k copies and the router.
        dense_flops: 2 * dense_parameters.
        active_flops: 2 * active_parameters.
    """

    layer: MoELayer
    dense_parameters: int
    total_parameters: int
    active_parameters: int
    dense_flops: int
    active_flops: int


@dataclass(frozen=True, slots=True, eq=False)
class UpcyclingCheck:
    """The dense and the upcycled output, before any further training."""

    dense_output: Tensor
    moe_output: Tensor
    gate_sum: Tensor
    largest_difference: float


def upcycle(
    dense: SwiGLUExperts,
    num_experts: int,
    top_k: int,
    *,
    normalize: str = "after",
    router_scale: float = 0.02,
    generator: torch.Generator | None = None,
) -> Upcycled:
    """Copy a dense SwiGLU network into every expert of a new layer with a new random router.

    Args:
        dense: `SwiGLUExperts` with one expert: the trained network. It is not changed.
        num_experts: copies.
        top_k: copies per token.
        normalize: as in `route`; "after" keeps the function, "before" scales it by the gates' sum.
        router_scale: standard deviation of the router's weights; small = the choice is free.
        generator: for the router; None = torch's global one.

    Returns:
        An `Upcycled`.

    Raises:
        ValueError: a `dense` with more than one expert, top_k above num_experts, ...

    Example:
        >>> dense = SwiGLUExperts(1, dim=3, hidden_dim=5)
        >>> grown = upcycle(dense, num_experts=4, top_k=2)
        >>> grown.dense_parameters, grown.total_parameters, grown.active_parameters
        (45, 192, 102)
    """
    if not isinstance(dense, SwiGLUExperts) or dense.gate_proj.shape[0] != 1:
        raise InputError(
            "dense must be a SwiGLUExperts with one expert, the dense network; got {got}.",
            got=checks.short(dense),
        )
    checks.number("router_scale", router_scale, 0.0)
    _, hidden_dim, dim = dense.gate_proj.shape
    layer = MoELayer(dim, hidden_dim, num_experts, top_k, normalize=normalize, generator=generator)
    layer = layer.to(dense.gate_proj)
    with torch.no_grad():
        for name in ("gate_proj", "up_proj", "down_proj"):
            getattr(layer.experts, name).copy_(getattr(dense, name).expand(num_experts, -1, -1))
        layer.router.copy_(router_scale * torch.randn(num_experts, dim, generator=generator))
    one = sum(p.numel() for p in dense.parameters())
    router = layer.router.numel()
    active = top_k * one + router
    return Upcycled(
        layer=layer,
        dense_parameters=one,
        total_parameters=num_experts * one + router,
        active_parameters=active,
        dense_flops=2 * one,
        active_flops=2 * active,
    )


@torch.no_grad()
def check_upcycling(dense: SwiGLUExperts, layer: MoELayer, x: Tensor) -> UpcyclingCheck:
    """Run both on the same tokens and compare.

    Args:
        dense: the dense network.
        layer: what `upcycle` made of it.
        x: (N, D) tokens.

    Returns:
        An `UpcyclingCheck`; `gate_sum` (N,) explains the difference, if there is one.
    """
    dense_output = dense.run(x, 0)
    trace = layer(x)
    return UpcyclingCheck(
        dense_output=dense_output,
        moe_output=trace.output,
        gate_sum=trace.routing.gate.sum(dim=-1),
        largest_difference=float((trace.output - dense_output).abs().max()),
    )
