"""Train the small mixture-of-experts language model: `python -m training.moe_lm`.

Reads the four texts of `data/moe/`, trains a byte-level BPE vocabulary and then the network, and
writes tokenizer.json, model.safetensors and training.json beside them. One seed, one thread: the
same machine and torch version give the same weights. Minutes on two cores.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn import functional as F

from core.moe import load_balancing_loss, load_statistics, router_z_loss
from core.moe.language_model import (
    DATA,
    DOMAINS,
    MoEConfig,
    MoELanguageModel,
    MoETransformer,
    load_moe_lm,
    load_texts,
    save_moe_lm,
)
from core.moe.specialisation import Specialisation, specialisation


@dataclass(frozen=True, slots=True)
class Settings:
    """What the training record repeats."""

    seed: int = 11
    steps: int = 800
    sequences_per_domain: int = 2
    length: int = 256
    learning_rate: float = 4e-3
    warmup: int = 40
    weight_decay: float = 0.05
    clip: float = 1.0
    balance_weight: float = 0.01
    z_weight: float = 0.001
    evaluate_every: int = 80


def train_tokenizer(vocab_size: int) -> Tokenizer:
    """Byte-level BPE on the training blocks; digits stay single."""
    tokenizer = Tokenizer(models.BPE())
    digits = pre_tokenizers.Digits(individual_digits=True)
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    blocks = (block for domain in DOMAINS for block in load_texts(domain, "train"))
    tokenizer.train_from_iterator(blocks, trainer)
    return tokenizer


def stream(tokenizer: Tokenizer, domain: str, split: str) -> torch.Tensor:
    """All blocks of a domain as one row of ids, a blank line between blocks."""
    return torch.tensor(tokenizer.encode("\n\n".join(load_texts(domain, split))).ids)


def batch(
    streams: dict[str, torch.Tensor], settings: Settings, generator: torch.Generator
) -> torch.Tensor:
    """Random windows (B, length + 1), the same number from every domain."""
    rows = []
    for ids in streams.values():
        high = ids.numel() - settings.length - 1
        starts = torch.randint(high, (settings.sequences_per_domain,), generator=generator)
        rows += [ids[start : start + settings.length + 1] for start in starts.tolist()]
    return torch.stack(rows)


@torch.no_grad()
def held_out_bits(network: MoETransformer, ids: torch.Tensor, length: int) -> float:
    """Mean bits per token of the whole held-out stream, in windows of `length`."""
    total, count = 0.0, 0
    for start in range(0, ids.numel() - 1, length):
        window = ids[start : start + length + 1]
        logits, _ = network(window[None, :-1])
        total += float(F.cross_entropy(logits[0], window[1:], reduction="sum"))
        count += window.numel() - 1
    return total / count / math.log(2)


def learning_rate(step: int, settings: Settings) -> float:
    """Linear warm-up, then a cosine down to a twentieth."""
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return settings.learning_rate * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * done)))


def train(config: MoEConfig, settings: Settings, folder: Path) -> dict[str, object]:
    """Train, write the three files, return the record."""
    tokenizer = train_tokenizer(config.vocab_size)
    tokenizer.save(str(folder / "tokenizer.json"))
    streams = {domain: stream(tokenizer, domain, "train") for domain in DOMAINS}
    held_out = {domain: stream(tokenizer, domain, "held-out") for domain in DOMAINS}
    texts = {domain: load_texts(domain) for domain in DOMAINS}

    generator = torch.Generator().manual_seed(settings.seed)
    network = MoETransformer(config, generator)
    matrices = [p for p in network.parameters() if p.ndim > 1]
    gains = [p for p in network.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": settings.weight_decay},
            {"params": gains, "weight_decay": 0.0},
        ],
        lr=settings.learning_rate,
        betas=(0.9, 0.95),
    )
    untrained = specialisation(MoELanguageModel(network, tokenizer), texts)
    curve: list[dict[str, object]] = []
    began = time.perf_counter()
    for step in range(settings.steps + 1):
        if step % settings.evaluate_every == 0 or step == settings.steps:
            bits = {
                d: round(held_out_bits(network, held_out[d], settings.length), 4) for d in DOMAINS
            }
            curve.append({"step": step, "held_out_bits_per_token": bits})
            print(f"{time.perf_counter() - began:5.0f} s  step {step:4}  {bits}", flush=True)
        if step == settings.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, settings)
        window = batch(streams, settings, generator)
        logits, layers = network(window[:, :-1])
        losses = F.cross_entropy(logits.flatten(0, 1), window[:, 1:].flatten(), reduction="none")
        balance = torch.stack(
            [load_balancing_loss(t.routing.probs, t.routing.expert_index) for t in layers]
        ).mean()
        z_loss = torch.stack([router_z_loss(t.router_logits) for t in layers]).mean()
        loss = losses.mean() + settings.balance_weight * balance + settings.z_weight * z_loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
        optimizer.step()
        if step % settings.evaluate_every == 0:
            per_domain = losses.detach().view(len(DOMAINS), -1).mean(dim=1) / math.log(2)
            loads = [load_statistics(t.routing.demand).max_violation for t in layers]
            curve[-1] |= {
                "train_bits_per_token": dict(
                    zip(DOMAINS, [round(v, 4) for v in per_domain.tolist()], strict=True)
                ),
                "balance_loss": round(float(balance.detach()), 4),
                "z_loss": round(float(z_loss.detach()), 4),
                "max_violation_per_layer": [round(v, 3) for v in loads],
            }
    save_moe_lm(network, folder)
    return record(streams, held_out, settings, curve, untrained, folder)


def rounded(tensor: torch.Tensor, digits: int = 4) -> list[float]:
    """A tensor's values as short numbers for JSON."""
    return [round(v, digits) for v in tensor.flatten().tolist()]


def record(
    streams: dict[str, torch.Tensor],
    held_out: dict[str, torch.Tensor],
    settings: Settings,
    curve: list[dict[str, object]],
    untrained: Specialisation,
    folder: Path,
) -> dict[str, object]:
    """What training.json says: settings, sizes, the curve, and figures of the written weights."""
    model = load_moe_lm(folder)  # the float16 file itself, as the page will load it
    trained = specialisation(model, {domain: load_texts(domain) for domain in DOMAINS})
    figures = {}
    for domain, ids in held_out.items():
        size = len(model.decode(ids.tolist()).encode())
        bits = held_out_bits(model.network, ids, settings.length)
        figures[domain] = {
            "train_tokens": streams[domain].numel(),
            "tokens": ids.numel(),
            "bytes": size,
            "bits_per_token": round(bits, 4),
            "bits_per_byte": round(bits * (ids.numel() - 1) / size, 4),
        }
    network, config = model.network, model.config
    experts = sum(p.numel() for name, p in network.named_parameters() if ".experts." in name)
    total = sum(p.numel() for p in network.parameters())
    return {
        "settings": asdict(settings),
        "config": asdict(config),
        "torch": torch.__version__,
        "parameters": total,
        "active_parameters": total - experts + experts * config.top_k // config.num_experts,
        "file_bytes": (folder / "model.safetensors").stat().st_size,
        "tokens_seen": settings.steps
        * settings.sequences_per_domain
        * len(DOMAINS)
        * settings.length,
        "held_out": figures,
        "specialisation": {
            "measured_tokens": dict(zip(DOMAINS, trained.tokens, strict=True)),
            "ceiling_bits": trained.ceiling,
            "chance_bits": round(trained.chance, 6),
            "mutual_information_bits": rounded(trained.mutual_information),
            "mutual_information_bits_untrained": rounded(untrained.mutual_information),
            "share": [
                {d: rounded(layer[:, i]) for i, d in enumerate(DOMAINS)} for layer in trained.share
            ],
        },
        "curve": curve,
    }


def main() -> None:
    """Train with the settings above, or a few steps of them for a trial."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=Settings().steps)
    parser.add_argument("--out", type=Path, default=DATA)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    written = train(MoEConfig(), Settings(steps=arguments.steps), arguments.out)
    text = json.dumps(written, indent=1, ensure_ascii=False)
    (arguments.out / "training.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
