"""The training loop of the small language models: batches, optimizer, held-out evaluation."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from core.moe import load_balancing_loss, load_statistics, router_z_loss
from core.moe.tiny_lm import DATA, DOMAINS, MoETransformer, load_texts

Point = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hyperparameters of the optimizer."""

    steps: int
    learning_rate: float
    warmup: int
    weight_decay: float


@dataclass(frozen=True, slots=True)
class Settings(Schedule):
    """Hyperparameters, which the training record also contains."""

    seed: int = 11
    steps: int = 800
    sequences_per_domain: int = 2
    length: int = 256
    learning_rate: float = 4e-3
    warmup: int = 40
    weight_decay: float = 0.05
    clip: float = 1.0
    balance_weight: float = 0.02
    z_weight: float = 0.001
    evaluate_every: int = 80


def stream(tokenizer: Tokenizer, domain: str, split: str) -> Tensor:
    """Return all blocks of a domain as one sequence of ids, separated by blank lines."""
    return torch.tensor(tokenizer.encode("\n\n".join(load_texts(domain, split))).ids)


def batch(streams: dict[str, Tensor], settings: Settings, generator: torch.Generator) -> Tensor:
    """Return random windows (B, length + 1), the same number from every domain."""
    rows = []
    for ids in streams.values():
        high = ids.numel() - settings.length - 1
        starts = torch.randint(high, (settings.sequences_per_domain,), generator=generator)
        rows += [ids[start : start + settings.length + 1] for start in starts.tolist()]
    return torch.stack(rows)


@torch.no_grad()
def held_out_bits(network: MoETransformer, ids: Tensor, length: int) -> float:
    """Return the mean bits per token of the held-out stream, split into windows of `length`."""
    total, count = 0.0, 0
    for start in range(0, ids.numel() - 1, length):
        window = ids[start : start + length + 1]
        logits, _ = network(window[None, :-1])
        total += float(F.cross_entropy(logits[0], window[1:], reduction="sum"))
        count += window.numel() - 1
    return total / count / math.log(2)


def learning_rate(step: int, settings: Schedule) -> float:
    """Return the learning rate: linear warm-up, then cosine decay to a twentieth."""
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return settings.learning_rate * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))


def optimizer_of(
    network: nn.Module, settings: Schedule, second_beta: float = 0.95
) -> torch.optim.AdamW:
    """Return AdamW without weight decay on the gains of the norms."""
    matrices = [p for p in network.parameters() if p.ndim > 1]
    gains = [p for p in network.parameters() if p.ndim == 1]
    return torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": settings.weight_decay},
            {"params": gains, "weight_decay": 0.0},
        ],
        lr=settings.learning_rate,
        betas=(0.9, second_beta),
    )


@dataclass(slots=True)
class Training:
    """The state of a training run.

    Attributes:
        network: The network.
        optimizer: The optimizer with its moments.
        generator: Draws the windows.
        streams: Training ids of each domain.
        held_out: Held-out ids of each domain.
        settings: Hyperparameters of the whole run.
        step: Number of completed steps.
    """

    network: MoETransformer
    optimizer: torch.optim.AdamW
    generator: torch.Generator
    streams: dict[str, Tensor]
    held_out: dict[str, Tensor]
    settings: Settings
    step: int = 0

    def until(self, stop: int, name: str) -> list[Point]:
        """Train up to step `stop`; return one point of the curve per evaluation."""
        curve: list[Point] = []
        began = time.perf_counter()
        while True:
            due = self.step % self.settings.evaluate_every == 0 or self.step == stop
            if due:
                curve.append({"step": self.step, "held_out_bits_per_token": self.evaluate()})
                seconds = f"{time.perf_counter() - began:5.0f} s"
                bits = curve[-1]["held_out_bits_per_token"]
                print(f"{name:12} {seconds}  step {self.step:4}  {bits}", flush=True)
            if self.step == stop:
                return curve
            measure = self.advance()
            if due:
                curve[-1] |= measure()

    def evaluate(self) -> dict[str, float]:
        """Return the held-out bits per token of each domain."""
        length = self.settings.length
        return {d: round(held_out_bits(self.network, self.held_out[d], length), 4) for d in DOMAINS}

    def advance(self) -> Callable[[], Point]:
        """Take one step; return a function that computes the step's metrics."""
        settings = self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, settings)
        window = batch(self.streams, settings, self.generator)
        logits, layers = self.network(window[:, :-1])
        losses = F.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten(), reduction="none")
        balance = torch.stack(
            [load_balancing_loss(t.routing.probs, t.routing.expert_index) for t in layers]
        ).mean()
        z_loss = torch.stack([router_z_loss(t.router_logits) for t in layers]).mean()
        loss = losses.mean() + settings.balance_weight * balance + settings.z_weight * z_loss
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), settings.clip)
        self.optimizer.step()
        self.step += 1

        def measure() -> Point:
            per_domain = losses.detach().view(len(DOMAINS), -1).mean(dim=1) / math.log(2)
            loads = [load_statistics(t.routing.demand).max_violation for t in layers]
            return {
                "train_bits_per_token": dict(
                    zip(DOMAINS, [round(v, 4) for v in per_domain.tolist()], strict=True)
                ),
                "balance_loss": round(float(balance.detach()), 4),
                "z_loss": round(float(z_loss.detach()), 4),
                "max_violation_per_layer": [round(v, 3) for v in loads],
            }

        return measure


def write_record(
    about: str, train: Callable[[Settings, Path], dict[str, object]], name: str
) -> None:
    """Run a training from the command line and write its record.

    Args:
        about: The module's docstring; its first line is the command's help.
        train: Runs the training with the settings and writes its files into the folder.
        name: File name of the record.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--steps", type=int, default=Settings().steps)
    parser.add_argument("--out", type=Path, default=DATA)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    written = train(Settings(steps=arguments.steps), arguments.out)
    text = json.dumps(written, indent=1, ensure_ascii=False)
    (arguments.out / name).write_text(text + "\n", encoding="utf-8")
