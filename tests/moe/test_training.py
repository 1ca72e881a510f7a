"""What trains the small language model: its data, its schedule, and a training of two steps."""

from __future__ import annotations

import itertools
import json
import math
import re
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from core.moe.tiny_lm import DATA, DOMAINS, MoEConfig, load_moe_lm
from training.loop import Settings, batch, learning_rate, stream
from training.moe_data import SEPARATOR, gather, numbers
from training.moe_lm import train

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_shipped_numbers_are_the_generators() -> None:
    shipped = (DATA / "numbers.txt").read_text(encoding="utf-8")
    assert shipped == SEPARATOR.join(numbers()) + "\n"


def test_the_arithmetic_is_right() -> None:
    lines = "\n".join(numbers()).split("\n")
    checked = 0
    for line in lines:
        sides = re.fullmatch(r"([\d.]+)(%?) ([+×/-]) ([\d.]+) = ([\d.]+)", line)
        if sides:
            a, percent, sign, b, result = sides.groups()
            left, right = Fraction(a) / (100 if percent else 1), Fraction(b)
            value = {"+": left + right, "-": left - right, "×": left * right}
            assert (left / right if sign == "/" else value[sign]) == Fraction(result), line
            checked += 1
    assert checked > 2000


def test_gather_by_hand() -> None:
    assert list(gather(["ab", "", "c", "defg", "h"], 3, "-")) == ["ab-c", "defg", "h"]


def test_every_source_is_named() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for domain in DOMAINS:
        assert f"`{domain}.txt`" in readme
    assert "Python Software Foundation" in (DATA / "LICENSE-python.txt").read_text("utf-8")


def test_schedule_warms_up_and_cools_down() -> None:
    settings = Settings(steps=100, warmup=10, learning_rate=1.0)
    rates = [learning_rate(step, settings) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == pytest.approx(1.0)
    assert rates[10] == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.05)
    assert rates[55] == pytest.approx(0.05 + 0.95 / 2)
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


def test_a_batch_has_every_domain_in_order_and_is_seeded() -> None:
    streams = {d: torch.arange(i * 1000, i * 1000 + 211) for i, d in enumerate(DOMAINS)}
    settings = Settings(length=13, sequences_per_domain=3)
    a, b = (batch(streams, settings, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(a, b)
    assert a.shape == (12, 14)
    assert (a[:, 0] // 1000).tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert bool((a.diff(dim=1) == 1).all())


def test_a_training_of_a_few_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(tokenizer: Tokenizer, domain: str, split: str) -> torch.Tensor:
        return stream(tokenizer, domain, split)[:1500]  # measuring all of it takes seconds

    monkeypatch.setattr("training.moe_lm.stream", short)
    config = MoEConfig(
        vocab_size=1031, dim=8, num_layers=1, num_heads=2, expert_dim=5, num_experts=3, context=256
    )
    settings = Settings(steps=5, length=255, warmup=1, learning_rate=0.05, evaluate_every=5)
    record = json.loads(json.dumps(train(config, settings, tmp_path)))
    assert record["settings"]["steps"] == 5
    assert record["tokens_seen"] == 5 * 8 * 255
    first, last = (point["held_out_bits_per_token"] for point in record["curve"])
    for domain in DOMAINS:
        assert first[domain] == pytest.approx(math.log2(1031), abs=0.1)
        assert last[domain] < first[domain]
        assert record["held_out"][domain]["bits_per_token"] == pytest.approx(last[domain], abs=0.02)
    model = load_moe_lm(tmp_path)
    assert record["parameters"] == sum(p.numel() for p in model.network.parameters())
