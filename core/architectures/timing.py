"""Prefill and decoding on the real model, timed with and without a KV cache."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from core.architectures.reuse import shared_prefix
from core.checks import integer
from core.lm import KVCache, LanguageModel


@dataclass(frozen=True, slots=True)
class TimedPass:
    """One forward pass, with the cache, and over all tokens without one.

    Attributes:
        index: 0 is the prefill, 1 the pass that reads the first written token, and so on.
        tokens: tokens that the pass runs, with the cache and without it.
        seconds: wall-clock time, with the cache and without it: the faster of two runs each.
        difference: largest absolute difference between the two (V,) logits.
        token: the id that is written next, the most likely one.
    """

    index: int
    tokens: tuple[int, int]
    seconds: tuple[float, float]
    difference: float
    token: int


def passes(cached: int, length: int, steps: int) -> tuple[tuple[int, int], ...]:
    """Return the tokens that each pass runs, with the cache and without it.

    Args:
        cached: tokens whose keys and values are in the cache, below `length`.
        length: tokens T of the prompt, at least 1.
        steps: written tokens that are read again, 0 or more.

    Returns:
        (with, without) of the prefill, then of each decoding pass.

    Example:
        >>> passes(3, 5, 2)
        ((2, 5), (1, 6), (1, 7))
    """
    length = integer("length", length, 1)
    cached, steps = integer("cached", cached, 0, length - 1), integer("steps", steps, 0)
    return ((length - cached, length), *((1, length + i) for i in range(1, steps + 1)))


def timed_passes(
    model: LanguageModel,
    cached_ids: Sequence[int],
    ids: Sequence[int],
    steps: int,
) -> Iterator[TimedPass]:
    """Time the prefill of a prompt, then greedy decoding, with a cache and without one.

    The cache holds the tokens that `cached_ids` and `ids` share; filling it is not timed, since it
    happened for the previous request. One untimed pass warms up. Greedy decoding ignores end
    tokens, so that there is always something to time.

    Args:
        model: the language model.
        cached_ids: the previous request and its answer; may be empty.
        ids: the prompt, at least one token.
        steps: tokens to decode.

    Yields:
        The prefill, then one pass per token.

    Raises:
        InputError: for bad ids or a negative number of steps.
    """
    reuse = shared_prefix(cached_ids, ids)
    sizes = passes(reuse.reused, len(ids), steps)
    cache = model.new_cache(len(ids) + steps)
    if reuse.reused:
        model.next_logits(ids[: reuse.reused], cache)
    else:
        model.next_logits(ids)
    text, unread = list(ids), list(ids[reuse.reused :])
    for index, tokens in enumerate(sizes):
        fast, logits = _timed(model, unread, cache)
        slow, expected = _timed(model, text)
        token = int(logits.argmax())
        difference = float((logits - expected).abs().max())
        yield TimedPass(index, tokens, (fast, slow), difference, token)
        text, unread = [*text, token], [token]


def _timed(
    model: LanguageModel, ids: list[int], cache: KVCache | None = None
) -> tuple[float, Tensor]:
    """Return the seconds of the faster of two equal passes, and the (V,) logits."""
    seconds, logits = math.inf, None
    for _ in range(2):
        if cache is not None and logits is not None:
            cache.truncate(cache.length - len(ids))
        start = time.perf_counter()
        logits = model.next_logits(ids, cache)  # on the CPU, so the pass has finished
        seconds = min(seconds, time.perf_counter() - start)
    assert logits is not None
    return seconds, logits
