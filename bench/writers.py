"""Measure a class that presses Write at once, and the same texts one after the other.

This runs as a separate process (`python -m bench.writers WRITERS TOKENS`) and prints one line
of JSON. The texts go through the app's own runs and queue (`ui.runs`, `ui.jobs`). Each writer has a
prompt of its own, so none of them shares a prefill.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

from bench.figures import Figure, quantile
from bench.server import run_module

WRITERS = 30
TOKENS = 16
PROMPT = "Writer number {n} asks: what is the capital of France? The capital is"


def writer_figures(quick: bool) -> Iterator[Figure]:
    """Measure 30 writers at once against the same texts one after the other."""
    seen = run_module("bench.writers", str(WRITERS), "4" if quick else str(TOKENS), patience=600)
    group = f"{WRITERS} writers at once"
    yield Figure(group, "Write → first token, median", seen["first"], "s")
    yield Figure(group, "Write → first token, slowest", seen["last"], "s", 5.0)
    yield Figure(group, "tokens in total, together", seen["together"], "1/s")
    yield Figure(group, "tokens in total, one after the other", seen["alone"], "1/s")
    yield Figure(group, "processor time per token, together", seen["cpu together"])
    yield Figure(group, "processor time per token, alone", seen["cpu alone"])


def measure(writers: int, tokens: int) -> dict[str, float]:
    """Return the seconds to the first token, tokens per second, and processor ms per token."""
    from core.lm import Generation, read_together
    from core.sampling import SamplingParams
    from ui import models
    from ui.runs import Run, Together

    worker = models.worker()  # sets the number of threads, as in the app
    model = models.language_model()
    prompts = [model.encode(PROMPT.format(n=n)) for n in range(writers)]
    model.next_logits(prompts[0])

    def run(n: int) -> Run:
        params = SamplingParams(seed=n, max_tokens=tokens)

        def make() -> Generation:
            return Generation(model, prompts[n], params, stop_ids=frozenset())

        together = Together(read_together, tuple(prompts[n]))
        return Run(make, lambda text: text.advance(), tokens, worker, together=together)

    def write(runs: list[Run]) -> dict[int, float]:
        """Start the runs, watch them as their pages do, and return when each first token came."""
        start, first = time.perf_counter(), {}
        for one in runs:
            one.start()
        while any(one.busy for one in runs):
            for n, one in enumerate(runs):
                one.look()
                if one.frames and n not in first:
                    first[n] = time.perf_counter() - start
            time.sleep(0.01)
        return first

    start, spent = time.perf_counter(), time.process_time()
    first = write([run(n) for n in range(writers)])
    taken, used = time.perf_counter() - start, time.process_time() - spent
    alone = min(writers, 5)  # a sample is enough: their times are alike
    start, spent = time.perf_counter(), time.process_time()
    for n in range(alone):
        write([run(n)])
    slow, used_alone = time.perf_counter() - start, time.process_time() - spent
    return {
        "first": quantile(list(first.values()), 0.5),
        "last": max(first.values()),
        "together": writers * tokens / taken,
        "alone": alone * tokens / slow,
        "cpu together": 1000 * used / (writers * tokens),
        "cpu alone": 1000 * used_alone / (alone * tokens),
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
