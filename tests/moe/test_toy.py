"""The live 2-D training and upcycling: experts die, experts live, copies agree."""

from __future__ import annotations

import doctest
import inspect
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import torch

from core.moe import (
    DATASETS,
    SwiGLUExperts,
    ToySettings,
    ToyTrainer,
    adam,
    check_upcycling,
    make_dataset,
    plane,
    plane_grid,
    toy2d,
    upcycle,
    upcycling,
)
from core.moe.adam import Adam

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# the plane


@pytest.mark.parametrize("kind", DATASETS)
def test_datasets_are_seeded_balanced_and_in_sight(kind: str) -> None:
    a, b, c = (make_dataset(kind, 211, rng(seed)) for seed in (0, 0, 1))
    assert torch.equal(a.points, b.points)
    assert not torch.equal(a.points, c.points)
    counts = a.labels.bincount()
    assert counts.numel() == a.classes
    assert int(counts.max() - counts.min()) <= 1
    assert float(a.points.abs().max()) < 1.4
    assert float((a.points.abs() < 1.25).float().mean()) > 0.98


def test_checkerboard_colors_are_those_of_a_checkerboard() -> None:
    data = make_dataset("checker", 509, rng(), noise=0.0)
    column, row = ((data.points + 1) * 2).floor().long().unbind(1)
    assert torch.equal((column + row) % 2, data.labels)


def test_grid_is_x_fast_and_bottom_first() -> None:
    grid, extent = plane_grid(3)
    assert extent == (-1.25, 1.25)
    assert grid[:4].tolist() == [[-1.25, -1.25], [0.0, -1.25], [1.25, -1.25], [-1.25, 0.0]]


# training


@pytest.mark.parametrize("dataset", ["moons", "spirals"])
def test_experts_die_without_balancing_and_live_with_it(dataset: str) -> None:
    for seed in range(2):
        base = ToySettings(dataset=dataset, seed=seed)
        off = ToyTrainer(replace(base, balance_weight=0.0)).step(200, grid=5)
        on = ToyTrainer(base).step(200, grid=5)
        assert len(off.dead) >= 4
        assert off.load.effective_experts < 4
        assert on.dead == ()
        assert on.load.effective_experts > 6
        assert on.accuracy > 0.95


def test_the_loss_free_bias_keeps_experts_alive_too() -> None:
    settings = ToySettings(balance_weight=0.0, bias_rate=0.01)
    frame = ToyTrainer(settings).step(200, grid=5)
    assert frame.dead == ()
    assert float(frame.bias.abs().max()) > 0
    assert bool((ToyTrainer(ToySettings()).step(10, grid=5).bias == 0).all())


def test_same_settings_same_frames_however_they_are_cut() -> None:
    settings = ToySettings(noise=0.5, seed=3)
    a, b = ToyTrainer(settings), ToyTrainer(settings)
    whole = a.step(30, grid=11)
    for _ in range(3):
        parts = b.step(10, grid=11)
    assert whole.losses == parts.losses
    assert torch.equal(whole.winner_map, parts.winner_map)
    assert torch.equal(whole.decision_prob, parts.decision_prob)
    assert a.history == b.history
    assert [entry.step for entry in a.history] == list(range(1, 31))
    other = ToyTrainer(replace(settings, seed=4)).step(30, grid=11)
    assert other.losses != whole.losses


def test_frame_fits_together() -> None:
    settings = ToySettings(dataset="gaussians", top_k=2, normalize="after", num_experts=5)
    trainer = ToyTrainer(settings)
    before = trainer.step(0, grid=7)
    assert (before.step, trainer.history) == (0, [])
    after = trainer.step(60, grid=7)
    assert after.winner_map.shape == after.decision.shape == (7, 7)
    assert int(after.demand.sum()) == 2 * settings.points
    assert int(after.winner_map.max()) < 5
    assert int(after.decision.max()) < 5
    assert after.losses.task < before.losses.task
    expected = after.losses.task + settings.balance_weight * after.losses.balance
    assert after.losses.total == pytest.approx(expected, rel=1e-5)
    # The grid's corners are points like any other.
    corner = trainer.network(torch.tensor([[-1.25, -1.25], [1.25, 1.25]]))
    assert corner.scores.argmax(1).tolist() == [
        int(after.decision[0, 0]),
        int(after.decision[6, 6]),
    ]


def test_z_loss_keeps_the_logits_small() -> None:
    big, small = (
        ToyTrainer(ToySettings(z_weight=w, balance_weight=0.0)).step(150, grid=5).losses.z
        for w in (0.0, 0.1)
    )
    assert small < 0.5 * big


def test_top_1_after_teaches_the_router_nothing() -> None:
    settings = ToySettings(normalize="after", balance_weight=0.0)
    trainer = ToyTrainer(settings)
    router = trainer.network.moe.router.detach().clone()
    trainer.step(20, grid=5)
    assert torch.equal(trainer.network.moe.router, router)


def test_settings_refuse() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"dataset": "rings"}, "dataset must be one of"),
        ({"num_experts": 0}, "num_experts"),
        ({"top_k": 9}, "top_k must be from 1 to 8"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"balance_weight": -1.0}, "balance_weight"),
        ({"balance_weight": float("nan")}, "balance_weight"),
        ({"seed": -1}, "seed"),
        ({"points": 3}, "points"),
    ]
    for changes, message in cases:
        with pytest.raises(ValueError, match=message):
            ToyTrainer(replace(ToySettings(), **changes))
    with pytest.raises(ValueError, match="n must be at least 0"):
        ToyTrainer().step(-1)
    with pytest.raises(ValueError, match="noise"):
        make_dataset("moons", 11, rng(), noise=-1.0)


def test_adam_agrees_with_torch() -> None:
    start = torch.randn(3, 5, generator=rng(), dtype=torch.float64)
    ours, theirs = start.clone().requires_grad_(), start.clone().requires_grad_()
    adam, oracle = Adam([ours], 0.05), torch.optim.Adam([theirs], lr=0.05)
    for step in range(11):
        (ours.pow(4).sum() * (step + 1)).backward()
        oracle.zero_grad()
        (theirs.pow(4).sum() * (step + 1)).backward()
        adam.step()
        oracle.step()
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_the_live_training_does_not_load_the_compiler() -> None:
    # torch.optim imports it on first use, which takes seconds.
    assert "torch.optim" not in inspect.getsource(toy2d)


# upcycling


def test_upcycling_keeps_the_function_when_gates_sum_to_one() -> None:
    dense = SwiGLUExperts(1, 7, 11, rng())
    kept = [p.detach().clone() for p in dense.parameters()]
    x = torch.randn(53, 7, generator=rng(1))
    for k in (1, 2, 5):
        grown = upcycle(dense, 5, k, generator=rng(2))
        check = check_upcycling(dense, grown.layer, x)
        assert check.largest_difference < 1e-6
    before = upcycle(dense, 5, 2, normalize="before", generator=rng(2))
    check = check_upcycling(dense, before.layer, x)
    assert check.largest_difference > 1e-3
    torch.testing.assert_close(check.moe_output, check.dense_output * check.gate_sum[:, None])
    with torch.no_grad():
        before.layer.experts.up_proj.zero_()
    assert all(torch.equal(a, b) for a, b in zip(kept, dense.parameters(), strict=True))


def test_upcycling_arithmetic_by_hand() -> None:
    grown = upcycle(SwiGLUExperts(1, 7, 11), num_experts=5, top_k=2)
    assert grown.dense_parameters == 3 * 7 * 11 == 231
    assert grown.total_parameters == 5 * 231 + 35
    assert grown.active_parameters == 2 * 231 + 35
    assert grown.active_flops == 2 * grown.active_parameters
    assert grown.total_parameters == sum(p.numel() for p in grown.layer.parameters())


def test_a_trained_dense_network_goes_on_as_experts() -> None:
    dense = ToyTrainer(ToySettings(num_experts=1))
    trained = dense.step(150, grid=11)
    sparse = dense.upcycled(num_experts=4, top_k=2)
    start = sparse.step(0, grid=11)
    assert start.step == 150
    assert start.accuracy == trained.accuracy
    torch.testing.assert_close(start.decision_prob, trained.decision_prob)
    end = sparse.step(150, grid=11)
    assert end.accuracy >= trained.accuracy - 0.01
    experts = sparse.network.moe.experts.up_proj
    assert float((experts[0] - experts[1]).abs().max().detach()) > 0.01  # the copies part ways
    assert dense.step(0, grid=11).accuracy == trained.accuracy


@pytest.mark.parametrize("top_k", [1, 2, 5])
def test_a_collapsed_router_has_the_largest_balancing_loss(top_k: int) -> None:
    trainer = ToyTrainer(ToySettings(num_experts=5, top_k=top_k))
    with torch.no_grad():  # the bias feature alone: one expert far ahead, the same order everywhere
        trainer.network.embed.zero_()
        trainer.network.embed[0, 2] = 9.0
        trainer.network.moe.router.zero_()
        trainer.network.moe.router[:, 0] = torch.tensor([90.0, 4.0, 3.0, 2.0, 1.0])
    frame = trainer.step(0, grid=2)
    assert frame.losses.balance == pytest.approx(frame.most_balance)
    assert frame.most_balance == 5 / top_k


def test_upcycling_refuses() -> None:
    with pytest.raises(ValueError, match="one expert"):
        upcycle(SwiGLUExperts(2, 3, 5), 4, 2)
    with pytest.raises(ValueError, match="top_k"):
        upcycle(SwiGLUExperts(1, 3, 5), 4, 5)
    with pytest.raises(ValueError, match="dense network"):
        ToyTrainer().upcycled(4, 2)


@pytest.mark.parametrize("module", [adam, plane, toy2d, upcycling])
def test_worked_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
