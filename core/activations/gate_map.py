"""A model's gates on one text: a histogram per layer, and the closed gates by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.activations.curves import GateStatistics, gate_statistics
from core.activations.functions import activation as get_activation
from core.checks import finite, integer, number
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class GateMap:
    """A model's gates on one text; small, whatever the size of the gates themselves."""

    activation: str
    edges: Tensor  # (B + 1,) of the histogram's bins, on the gate before its activation
    centers: Tensor  # (B,)
    share: Tensor  # (L, B): of a layer's gates in each bin; rows sum to 1
    thresholds: tuple[float, ...]
    closed_share: Tensor  # (thresholds, L, T): units with |activation(gate)| below the threshold
    statistics: GateStatistics  # per layer

    def closed_by_layer(self, threshold: int) -> Tensor:
        """Return (L,), the share of closed gates over all tokens, at one threshold by index."""
        return self.closed_share[threshold].mean(dim=1)


def gate_map(
    gates: Tensor,
    activation: str = "silu",
    *,
    reach: float = 6.0,
    bins: int = 97,
    thresholds: Sequence[float] = (0.01, 0.03, 0.1, 0.3),
) -> GateMap:
    """Count a model's gates by layer and value, and the closed ones by layer and token.

    Args:
        gates: (L, T, F) before the activation.
        activation: what the model applies to them.
        reach: the histogram goes from -reach to reach; what lies beyond counts in its end bins.
        bins: of the histogram; an odd number has one in the middle, around 0.
        thresholds: a gate counts as closed where |activation(gate)| is below one of these.

    Returns:
        The map; (L, B) and (thresholds, L, T) numbers instead of L·T·F.

    Raises:
        ValueError: for gates that are not (L, T, F) or not finite, or a number out of its range.

    Example:
        >>> found = gate_map(torch.tensor([[[-2.0, 0.0, 0.0, 2.0]]]), "relu", reach=3.0, bins=3)
        >>> found.share.tolist(), found.closed_by_layer(0).tolist()
        ([[0.25, 0.5, 0.25]], [0.75])

    Source: the gate of Shazeer 2020, arXiv:2002.05202, equation 6.
    """
    gates = finite("gates", gates, min_ndim=3, max_ndim=3).detach()
    reach = number("reach", reach, 0.0, low_open=True)
    bins = integer("bins", bins, 1)
    levels = tuple(number("thresholds", t, 0.0, low_open=True) for t in thresholds)
    if not levels:
        raise InputError("thresholds must hold at least one value; got none.")
    edges = torch.linspace(-reach, reach, bins + 1, dtype=torch.float64)
    inside = gates.flatten(1).clamp(-reach, reach)
    counts = torch.stack([torch.histc(row, bins, -reach, reach) for row in inside])
    size = get_activation(activation).fn(gates).abs()
    return GateMap(
        activation=activation,
        edges=edges,
        centers=(edges[1:] + edges[:-1]) / 2,
        share=counts.double() / inside.shape[1],
        thresholds=levels,
        closed_share=torch.stack([(size < level).double().mean(dim=2) for level in levels]),
        statistics=gate_statistics(gates, activation),
    )
