"""The small model in training: Adam, warm-up, divergence, and what it is compared with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from core.normalization.tiny_training import TinyTrainer, TrainingSettings, unigram_entropy

TEXT = "to be or not to be, that is the question"


def losses(settings: TrainingSettings, updates: int, text: str = TEXT) -> list[float]:
    trainer = TinyTrainer(text, settings)
    return [trainer.step().loss for _update in range(updates)]


def test_training_learns_and_repeats_itself() -> None:
    settings = TrainingSettings("pre", layers=2, width=16)
    first = losses(settings, 30)
    assert first == losses(settings, 30)
    assert sum(first[-5:]) < 0.7 * sum(first[:5])
    assert first[0] != losses(TrainingSettings("pre", layers=2, width=16, seed=1), 1)[0]


def test_two_updates_are_adams() -> None:
    settings = TrainingSettings("post", layers=2, width=8, warmup=4, learning_rate=0.02)
    trainer, twin = TinyTrainer(TEXT, settings), TinyTrainer(TEXT, settings)
    means = [torch.zeros_like(p) for p in twin.adam.parameters]
    squares = [torch.zeros_like(p) for p in twin.adam.parameters]
    for n, rate in ((1, 0.005), (2, 0.01)):
        loss = twin.loss(twin._examples())
        gradients = torch.autograd.grad(loss, twin.adam.parameters)
        step = trainer.step()
        assert (step.loss, step.learning_rate) == (pytest.approx(float(loss.detach())), rate)
        assert step.gradient_norm == pytest.approx(float(nn.utils.get_total_norm(gradients)))
        for p, gradient, mean, square in zip(
            twin.adam.parameters, gradients, means, squares, strict=True
        ):
            mean.mul_(0.9).add_(0.1 * gradient)
            square.mul_(0.98).add_(0.02 * gradient**2)
            with torch.no_grad():
                p -= rate * (mean / (1 - 0.9**n)) / ((square / (1 - 0.98**n)).sqrt() + 1e-8)
    for got, expected in zip(trainer.adam.parameters, twin.adam.parameters, strict=True):
        torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-3)


def test_the_loss_is_that_of_the_next_character() -> None:
    trainer = TinyTrainer("abc" * 9, TrainingSettings("post", layers=1, width=3))
    with torch.no_grad():
        for weights in trainer.layers.values():
            weights.zero_()
        trainer.positions.zero_()
        trainer.embedding.copy_(torch.eye(3))
        trainer.head.copy_(20 * torch.eye(3).roll(1, dims=0))  # after a comes b, after c comes a
    assert trainer.step().loss < 1e-3


def test_warm_up_rises_linearly_and_then_stays() -> None:
    trainer = TinyTrainer(TEXT, TrainingSettings("pre", layers=1, width=4, warmup=3))
    rates = [trainer.step().learning_rate for _update in range(5)]
    assert rates == pytest.approx([0.001, 0.002, 0.003, 0.003, 0.003])


def test_a_diverged_training_says_so() -> None:
    trainer = TinyTrainer(TEXT, TrainingSettings("pre", layers=1, width=4))
    with torch.no_grad():
        trainer.head.fill_(torch.nan)
    assert math.isnan(trainer.step().loss)
    assert math.isnan(trainer.step().loss)
    assert trainer.updates == 0


def test_unigram_entropy_by_hand() -> None:
    assert unigram_entropy("aab") == pytest.approx(math.log(3) - 2 / 3 * math.log(2))
    assert unigram_entropy("aaa") == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TinyTrainer("a", TrainingSettings("pre")), "text must have at least 2"),
        (lambda: TrainingSettings("pre", learning_rate=0.0), "learning_rate must lie in"),
        (lambda: TrainingSettings("none"), "placement must be one of"),
    ],
)
def test_errors_name_the_argument(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
