"""Train a small dense language model, copy it into experts half-way, and train both on.

`python -m training.moe_upcycling`, after `training.moe_lm`, whose texts, tokenizer and settings it
takes. Four trainings of as many steps on as many tokens: dense; the dense one copied half-way into
experts; dense and as wide as the experts that a token meets, so that it spends the same FLOPs; and
experts from the start. The first three are trained here; the fourth is `moe_lm`'s own.
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
    """The training as it stands, with every FFN copied and the moments kept."""
    dense = MoELanguageModel(training.network, tokenizer)
    routers = torch.Generator().manual_seed(training.settings.seed)
    grown = upcycle_tiny_lm(dense, experts.num_experts, experts.top_k, generator=routers)
    optimizer = optimizer_of(grown.network, training.settings)
    carry_moments(training, grown.network, optimizer)
    windows = torch.Generator()
    windows.set_state(training.generator.get_state())
    return replace(training, network=grown.network, optimizer=optimizer, generator=windows)


def carry_moments(
    training: Training, network: MoETransformer, optimizer: torch.optim.AdamW
) -> None:
    """Give every copied weight the moments of the weight that it is a copy of."""
    old = dict(training.network.named_parameters())
    for name, parameter in network.named_parameters():
        held = training.optimizer.state.get(old[name])
        if held is None or name.endswith("router"):
            continue
        optimizer.state[parameter] = {
            key: value.clone().expand_as(parameter).contiguous() if value.ndim else value.clone()
            for key, value in held.items()
        }


def train(settings: Settings, folder: Path, source: Path = DATA) -> dict[str, object]:
    """Run the trainings, write the dense weights, return the record."""
    mixture = load_moe_lm(source)
    experts = mixture.config
    narrow = replace(experts, num_experts=1, top_k=1)
    wide = replace(narrow, expert_dim=experts.top_k * experts.expert_dim)
    streams = {domain: stream(mixture.tokenizer, domain, "train") for domain in DOMAINS}
    held_out = {domain: stream(mixture.tokenizer, domain, "held-out") for domain in DOMAINS}

    def begun(config: MoEConfig) -> Training:
        network = MoETransformer(config, torch.Generator().manual_seed(settings.seed))
        windows = torch.Generator().manual_seed(settings.seed + 1)
        optimizer = optimizer_of(network, settings)
        return Training(network, optimizer, windows, streams, held_out, settings)

    dense, half = begun(narrow), settings.steps // 2
    points = dense.until(half, "dense")
    save_moe_lm(dense.network, folder, DENSE_WEIGHTS)
    grown = copied(dense, mixture.tokenizer, experts)
    curves: dict[str, tuple[MoEConfig, list[Point]]] = {
        "upcycled": (experts, grown.until(settings.steps, "upcycled")),
        "dense": (narrow, points[:-1] + dense.until(settings.steps, "dense")),
        "wide": (wide, begun(wide).until(settings.steps, "wide")),
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
    """Train with `moe_lm`'s settings, or a few steps of them for a trial."""
    write_record(__doc__, train, RECORD)


if __name__ == "__main__":
    main()
