"""Measure the two models: loading from a warm cache, a forward pass, a token, memory.

This runs as a separate process (`python -m bench.models`), so that it measures only the models, and
prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable

import torch

from bench.figures import quantile

PROMPT = "The capital of France is Paris. The capital of Germany is"
TOKENS = 32


def seconds(work: Callable[[], object], repetitions: int = 1) -> float:
    """Return the median time of `work()` over several repetitions."""
    taken = []
    for _repetition in range(repetitions):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return quantile(taken, 0.5)


def peak_memory() -> float:
    """Return the peak memory of this process in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def measure() -> dict[str, float]:
    """Return times (seconds or milliseconds) and memory (MB) by name."""
    from core.lm import load_encoder, load_language_model
    from core.lm.generate import generate
    from core.sampling import SamplingParams

    # Like the app's worker, leave one core free for the sliders.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    load_language_model()  # fills the app's cache if it is empty, and the disk's cache
    loaded = seconds(load_language_model, 3)
    model = load_language_model()
    ids = model.encode(PROMPT)
    long = (ids * (512 // len(ids) + 1))[:512]

    def write() -> None:
        params = SamplingParams(temperature=1.0, max_tokens=TOKENS)
        for _step in generate(model, ids, params, torch.Generator().manual_seed(7)):
            pass

    with torch.inference_mode():
        model.next_logits(ids)
        short_pass = seconds(lambda: model.next_logits(ids), 5)
        long_pass = seconds(lambda: model.next_logits(long), 2)
        written = seconds(write, 2)
    return {
        "load": loaded,
        "encoder load": seconds(load_encoder, 3),
        "pass": 1000 * short_pass,
        "pass of 512": 1000 * long_pass,
        "token": 1000 * (written - short_pass) / (TOKENS - 1),
        "memory": peak_memory(),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
