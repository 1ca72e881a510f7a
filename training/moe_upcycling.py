"""Train a small dense language model, upcycle it into experts half-way, and continue both.

Run `python -m training.moe_upcycling` after `training.moe_lm`, whose texts, tokenizer and settings
it uses. It compares four models trained for the same number of steps and tokens: dense; upcycled
from the dense one half-way; dense with the width of a token's active experts, hence the same FLOPs;
and experts from the start. The first three are trained here; the fourth is the model of `moe_lm`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from core.moe.tiny_lm import (
    DATA,
    DOMAINS,
    MoEConfig,
    MoELanguageModel,
    MoETransformer,
    load_moe_lm,
    save_moe_lm,
)
from core.moe.tiny_lm_upcycling import (
    DENSE_WEIGHTS,
    RECORD,
    upcycle_tiny_lm,
)
from training.loop import Point, Settings, Training, optimizer_of, stream, write_record


def copied(training: Training, tokenizer: Tokenizer, experts: MoEConfig) -> Training:
    """Return the training run with every FFN copied into experts, including optimizer moments."""
    dense = MoELanguageModel(training.network, tokenizer)
    routers = torch.Generator().manual_seed(training.settings.seed)
    grown = upcycle_tiny_lm(dense, experts.num_experts, experts.top_k, generator=routers)
    optimizer = optimizer_of(grown.network, training.settings)
    copy_moments(training, grown.network, optimizer)
    windows = torch.Generator()
    windows.set_state(training.generator.get_state())
    return replace(training, network=grown.network, optimizer=optimizer, generator=windows)


def copy_moments(training: Training, network: MoETransformer, optimizer: torch.optim.AdamW) -> None:
    """Copy the optimizer moments of every weight to its copies."""
    old = dict(training.network.named_parameters())
    for name, parameter in network.named_parameters():
        moments = training.optimizer.state.get(old[name])
        if moments is None or name.endswith("router"):
            continue
        optimizer.state[parameter] = {
            key: value.clone().expand_as(parameter).contiguous() if value.ndim else value.clone()
            for key, value in moments.items()
        }


def train(settings: Settings, folder: Path, source: Path = DATA) -> dict[str, object]:
    """Train the models, write the dense weights, and return the record."""
    mixture = load_moe_lm(source)
    experts = mixture.config
    narrow = replace(experts, num_experts=1, top_k=1)
    wide = replace(narrow, expert_dim=experts.top_k * experts.expert_dim)
    streams = {domain: stream(mixture.tokenizer, domain, "train") for domain in DOMAINS}
    held_out = {domain: stream(mixture.tokenizer, domain, "held-out") for domain in DOMAINS}

    def start(config: MoEConfig) -> Training:
        network = MoETransformer(config, torch.Generator().manual_seed(settings.seed))
        windows = torch.Generator().manual_seed(settings.seed + 1)
        optimizer = optimizer_of(network, settings)
        return Training(network, optimizer, windows, streams, held_out, settings)

    dense, half = start(narrow), settings.steps // 2
    points = dense.until(half, "dense")
    save_moe_lm(dense.network, folder, DENSE_WEIGHTS)
    grown = copied(dense, mixture.tokenizer, experts)
    curves: dict[str, tuple[MoEConfig, list[Point]]] = {
        "upcycled": (experts, grown.until(settings.steps, "upcycled")),
        "dense": (narrow, points[:-1] + dense.until(settings.steps, "dense")),
        "wide": (wide, start(wide).until(settings.steps, "wide")),
    }
    own = json.loads((source / "training.json").read_text(encoding="utf-8"))
    curves["experts"] = (experts, own["curve"])
    return {
        "settings": asdict(settings),
        "torch": torch.__version__,
        "copied_at": half,
        "curves": {
            name: {
                "config": asdict(config),
                "points": [
                    {key: point[key] for key in ("step", "held_out_bits_per_token")}
                    for point in curve
                ],
            }
            for name, (config, curve) in curves.items()
        },
    }


def main() -> None:
    """Train with the settings of `moe_lm`, or with fewer steps for a test."""
    write_record(__doc__, train, RECORD)


if __name__ == "__main__":
    main()
