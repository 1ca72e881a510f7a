"""Train a small encoder and its causal twin: `python -m training.bert`.

Both have the same size, initial weights, training windows and number of steps. The encoder learns
by masked language modeling (15 % of the tokens, 80/10/10), the twin by predicting every next token.
Writes tokenizer.json, encoder.safetensors, causal.safetensors and training.json into `data/bert/`.
With one seed and one thread, the same machine and torch version give the same weights.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import Tensor
from torch.nn import functional as F

from core.architectures.twins import (
    CLS,
    DATA,
    MASK,
    NAMES,
    SPECIAL,
    UNK,
    Twin,
    TwinConfig,
    load_tokenizer,
    save_twin,
)
from core.moe.tiny_lm import load_texts
from core.objectives import IGNORED, RATE, mask_tokens
from training.loop import Schedule, learning_rate, optimizer_of

TEXT = "english"  # of data/moe


@dataclass(frozen=True, slots=True)
class Settings(Schedule):
    """Hyperparameters, which the training record also contains."""

    seed: int = 3
    steps: int = 2000
    batch: int = 16
    learning_rate: float = 3e-3
    warmup: int = 100
    weight_decay: float = 0.1
    clip: float = 1.0
    rate: float = RATE
    evaluate_every: int = 100


def train_tokenizer(vocab_size: int, folder: Path) -> Tokenizer:
    """Train WordPiece in lower case on the training blocks, and save it."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=SPECIAL[UNK]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size, special_tokens=list(SPECIAL), show_progress=False
    )
    tokenizer.train_from_iterator(load_texts(TEXT, "train"), trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return load_tokenizer(folder)


def stream(tokenizer: Tokenizer, split: str) -> Tensor:
    """Return all blocks of a split as one sequence of ids."""
    return torch.tensor(tokenizer.encode("\n".join(load_texts(TEXT, split))).ids)


def windows(ids: Tensor, starts: list[int], context: int) -> Tensor:
    """Return windows (B, context) of the stream, each with [CLS] in front."""
    rows = torch.stack([ids[start : start + context - 1] for start in starts])
    return torch.cat((torch.full((len(rows), 1), CLS), rows), dim=1)


def masked(rows: Tensor, config: TwinConfig, rate: float, generator: torch.Generator) -> Any:
    """Return inputs and labels (B, T) of masked language modeling; the rate is the batch's."""
    flat = mask_tokens(rows.flatten(), config.vocab_size, MASK, generator, rate, (CLS, UNK))
    return flat.inputs.view_as(rows), flat.labels.view_as(rows)


def loss_of(twin: Twin, rows: Tensor, settings: Settings, generator: torch.Generator) -> Tensor:
    """Return the loss of a batch; only the positions with a label enter the output matrix."""
    if twin.causal:
        inputs, labels = rows[:, :-1], rows[:, 1:]
    else:
        inputs, labels = masked(rows, twin.config, settings.rate, generator)
    predicted = labels != IGNORED
    logits = twin.hidden(inputs)[predicted] @ twin.embedding.T
    return F.cross_entropy(logits, labels[predicted])


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The held-out gaps: windows and, for each, 15 % of its positions, [UNK] never among them."""

    rows: Tensor  # (N, T)
    chosen: Tensor  # (N, T) bool

    @classmethod
    def of(cls, ids: Tensor, config: TwinConfig) -> HeldOut:
        """Split the stream into windows and choose the gaps, always the same ones."""
        step = config.context - 1
        rows = windows(ids, list(range(0, len(ids) - step + 1, step)), config.context)
        _inputs, labels = masked(rows, config, RATE, torch.Generator().manual_seed(0))
        return cls(rows, labels != IGNORED)

    @torch.no_grad()
    def measure(self, twin: Twin, alone: bool = False) -> dict[str, float]:
        """Return the accuracy and the mean surprisal in bits of the gaps.

        The encoder reads [MASK] in all gaps of a window (or, with `alone`, in one gap at a time);
        the causal twin reads the true tokens on the left.
        """
        where = self.chosen.nonzero()  # (G, 2)
        if twin.causal:
            logits = twin(self.rows)[where[:, 0], where[:, 1] - 1]
        elif alone:
            copies = self.rows[where[:, 0]].clone()
            copies[torch.arange(len(where)), where[:, 1]] = MASK
            parts = zip(copies.split(128), where[:, 1].split(128), strict=True)
            logits = torch.cat([twin(c)[torch.arange(len(c)), at] for c, at in parts])
        else:
            logits = twin(self.rows.masked_fill(self.chosen, MASK))[self.chosen]
        truth = self.rows[self.chosen]
        bits = float(F.cross_entropy(logits, truth)) / math.log(2)
        right = float((logits.argmax(dim=-1) == truth).double().mean())
        return {"accuracy": round(right, 4), "bits": round(bits, 4)}


def train(twin: Twin, ids: Tensor, held_out: HeldOut, settings: Settings) -> dict[str, Any]:
    """Train one twin; return its curve and results."""
    optimizer = optimizer_of(twin, settings, second_beta=0.98)
    places = torch.Generator().manual_seed(settings.seed)  # the same windows for both twins
    choices = torch.Generator().manual_seed(settings.seed + 1)
    curve, losses, began = [], [], time.perf_counter()
    for step in range(settings.steps + 1):
        if step % settings.evaluate_every == 0 or step == settings.steps:
            point = {"step": step} | held_out.measure(twin)
            if losses:
                point["train_bits"] = round(sum(losses) / len(losses) / math.log(2), 4)
            losses = []
            curve.append(point)
            print(f"{NAMES[twin.causal]} {time.perf_counter() - began:4.0f} s {point}", flush=True)
        if step == settings.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, settings)
        high = len(ids) - twin.config.context + 2
        starts = torch.randint(high, (settings.batch,), generator=places).tolist()
        loss = loss_of(twin, windows(ids, starts, twin.config.context), settings, choices)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(twin.parameters(), settings.clip)
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"curve": curve}


def main() -> None:
    """Train both with the default settings, or with fewer steps for a test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=Settings().steps)
    parser.add_argument("--out", type=Path, default=DATA)
    parser.add_argument("--only", choices=NAMES)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    settings, config = Settings(steps=arguments.steps), TwinConfig()
    tokenizer = train_tokenizer(config.vocab_size, folder)
    ids, held_ids = stream(tokenizer, "train"), stream(tokenizer, "held-out")
    held_out = HeldOut.of(held_ids, config)
    results = {}
    for name in [arguments.only] if arguments.only else NAMES:
        generator = torch.Generator().manual_seed(settings.seed)
        twin = Twin(config, name == "causal", generator)
        results[name] = train(twin, ids, held_out, settings)
        save_twin(twin, folder)
        saved = twin.half().float()  # measure the float16 weights, which the page loads
        results[name] |= held_out.measure(saved)
        if not twin.causal:
            results[name]["one_gap_at_a_time"] = held_out.measure(saved, alone=True)
    context = config.context
    record = {
        "settings": asdict(settings),
        "config": asdict(config),
        "torch": torch.__version__,
        "parameters": sum(p.numel() for p in twin.parameters()),
        "train_tokens": len(ids),
        "held_out_tokens": len(held_ids),
        "gaps": int(held_out.chosen.sum()),
        "most_frequent": most_frequent(ids, held_out),
        "tokens_per_step": settings.batch * context,
        "results": results,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / "training.json").write_text(text + "\n", encoding="utf-8")


def most_frequent(ids: Tensor, held_out: HeldOut) -> dict[str, Any]:
    """Return the accuracy of always guessing the most frequent training token."""
    best = int(torch.bincount(ids).argmax())
    share = float((held_out.rows[held_out.chosen] == best).double().mean())
    return {"id": best, "accuracy": round(share, 4)}


if __name__ == "__main__":
    main()
