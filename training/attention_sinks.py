"""Measure the language model's loss on a long text with a cache of limited size.

`make sinks` writes `data/long_text/sinks.json`: the mean −log p per block of tokens, for
several cache sizes, with 0, 1 and 4 first tokens kept, and with the whole text in the cache.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from core.lm import load_language_model
from core.long_text.streaming import stream

ROOT = Path(__file__).parent.parent
TEXT = ROOT / "data/moe/english.txt"
TARGET = ROOT / "data/long_text/sinks.json"
LENGTH, BLOCK = 1025, 32  # tokens read; tokens per block, of which the mean is recorded
CACHES, SINKS = (64, 128, 256), (0, 1, 4)


def main() -> None:
    """Measure every setting and write the file."""
    model = load_language_model(device="cpu")
    ids = model.encode(TEXT.read_text()[:12_000])[:LENGTH]
    settings = [(LENGTH, 0), *((cache, sinks) for cache in CACHES for sinks in SINKS)]
    runs = []
    for cache, sinks in settings:
        trace = stream(model, ids, cache, sinks)
        blocks = trace.nll.double().view(-1, BLOCK).mean(dim=1)
        runs.append({"cache": cache, "sinks": sinks, "nll": [round(v, 5) for v in blocks.tolist()]})
        print(cache, sinks, round(trace.perplexity, 2), flush=True)
    TARGET.parent.mkdir(exist_ok=True)
    record = {"length": LENGTH, "block": BLOCK, "runs": runs}
    TARGET.write_text(json.dumps(record, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
