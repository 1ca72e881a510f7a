"""The map of a model's gates: by hand, against numpy, and what it refuses."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch

from core.activations.gate_map import gate_map


def gates() -> torch.Tensor:
    return torch.randn(2, 3, 11, generator=torch.Generator().manual_seed(5)) * 2.0


def test_by_hand() -> None:
    found = gate_map(torch.tensor([[[-2.0, 0.0, 0.0, 2.0]]]), "relu", reach=3.0, bins=3)
    assert found.share.tolist() == [[0.25, 0.5, 0.25]]
    assert found.centers.tolist() == [-2.0, 0.0, 2.0]
    assert found.closed_by_layer(0).tolist() == [0.75]


def test_histogram_is_numpys() -> None:
    held = gates()
    found = gate_map(held, reach=3.0, bins=7)
    for layer in range(2):
        values = held[layer].double().numpy().clip(-3.0, 3.0).ravel()
        counts, edges = np.histogram(values, 7, (-3.0, 3.0))
        assert found.share[layer].numpy() == pytest.approx(counts / 33)
        assert found.edges.numpy() == pytest.approx(edges)


def test_closed_is_counted_by_token_with_torchs_silu() -> None:
    held = gates()
    found = gate_map(held, thresholds=(0.05, 0.5))
    assert found.closed_share.shape == (2, 2, 3)
    for i, threshold in enumerate((0.05, 0.5)):
        expected = (torch.nn.functional.silu(held).abs() < threshold).double().mean(dim=-1)
        assert torch.equal(found.closed_share[i], expected)
    assert torch.allclose(found.closed_by_layer(1), found.closed_share[1].mean(dim=1))


def test_every_gate_counts_once_even_beyond_the_histogram() -> None:
    found = gate_map(gates() * 100.0, reach=1.0, bins=5)
    assert torch.allclose(found.share.sum(dim=1), torch.ones(2, dtype=torch.float64))
    assert bool((found.share[:, [0, -1]].sum(dim=1) > 0.5).all())


def test_gates_are_not_changed() -> None:
    held = gates()
    before = held.clone()
    gate_map(held)
    assert torch.equal(held, before)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"gates": torch.zeros(3, 5)}, "gates"),
        ({"gates": torch.full((1, 1, 2), float("nan"))}, "gates"),
        ({"activation": "swoosh"}, "activation"),
        ({"reach": 0.0}, "reach"),
        ({"bins": 0}, "bins"),
        ({"thresholds": ()}, "thresholds"),
        ({"thresholds": (0.0,)}, "thresholds"),
    ],
)
def test_errors_name_the_argument(fields: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        gate_map(**cast("dict[str, Any]", {"gates": gates()} | fields))
