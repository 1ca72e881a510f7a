"""Train the small mixture-of-experts language model: `python -m training.moe_lm`.

Reads the four texts of `data/moe/`, trains a byte-level BPE vocabulary and then the network, and
writes tokenizer.json, model.safetensors and training.json to the same folder. With one seed and one
thread, the same machine and torch version give the same weights. It takes a few minutes.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from core.moe.specialization import Specialization, specialization
from core.moe.tiny_lm import (
    DOMAINS,
    MoEConfig,
    MoELanguageModel,
    MoETransformer,
    load_moe_lm,
    load_texts,
    save_moe_lm,
)
from training.loop import Settings, Training, held_out_bits, optimizer_of, stream, write_record


def train_tokenizer(vocab_size: int) -> Tokenizer:
    """Train byte-level BPE on the training blocks; digits are split one by one."""
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


def train(config: MoEConfig, settings: Settings, folder: Path) -> dict[str, object]:
    """Train the model, write its files, and return the record."""
    tokenizer = train_tokenizer(config.vocab_size)
    tokenizer.save(str(folder / "tokenizer.json"))
    streams = {domain: stream(tokenizer, domain, "train") for domain in DOMAINS}
    held_out = {domain: stream(tokenizer, domain, "held-out") for domain in DOMAINS}
    texts = {domain: load_texts(domain) for domain in DOMAINS}

    generator = torch.Generator().manual_seed(settings.seed)
    network = MoETransformer(config, generator)
    training = Training(
        network, optimizer_of(network, settings), generator, streams, held_out, settings
    )
    untrained = specialization(MoELanguageModel(network, tokenizer), texts)
    curve = training.until(settings.steps, "experts")
    save_moe_lm(network, folder)
    return record(streams, held_out, settings, curve, untrained, folder)


def rounded(tensor: torch.Tensor, digits: int = 4) -> list[float]:
    """Return a tensor's values rounded, for JSON."""
    return [round(v, digits) for v in tensor.flatten().tolist()]


def record(
    streams: dict[str, torch.Tensor],
    held_out: dict[str, torch.Tensor],
    settings: Settings,
    curve: list[dict[str, object]],
    untrained: Specialization,
    folder: Path,
) -> dict[str, object]:
    """Return the content of training.json: settings, sizes, the curve, and evaluation results."""
    model = load_moe_lm(folder)  # Evaluate the float16 file, which the page loads.
    trained = specialization(model, {domain: load_texts(domain) for domain in DOMAINS})
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
        "specialization": {
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
    """Train with the default settings, or with fewer steps for a test."""
    write_record(
        __doc__, lambda settings, folder: train(MoEConfig(), settings, folder), "training.json"
    )


if __name__ == "__main__":
    main()
