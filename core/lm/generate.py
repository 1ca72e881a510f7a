"""Generation: logits from the model, the next token from `core.sampling`, and a KV cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch

from core.lm.errors import ModelError
from core.lm.prediction import PredictionModel
from core.sampling import SamplingParams, SamplingTrace, draw, sampling_trace


@dataclass(frozen=True, slots=True)
class GenerationStep:
    """One generated token, and the distribution that it was drawn from.

    The trace of the default model holds several (V,) tensors a stage, a few MB in all: keep what
    you need, not all traces of a long text.
    """

    index: int  # 0 for the first new token
    token_id: int
    text: str  # the token's own text, as `token_text` shows it
    new_text: str  # what the reader sees more of: "" until a character's last byte has come
    trace: SamplingTrace
    prob: float  # of the token after all filters
    raw_prob: float  # of the token as the model has it, temperature 1 and no filter
    log_prob: float  # nats, sum of ln(raw_prob) so far: the chain rule
    finished: str | None  # "stop" (an end token), "length", "context", or None: more to come


def generate(
    model: PredictionModel,
    ids: Sequence[int],
    params: SamplingParams | None = None,
    generator: torch.Generator | None = None,
    *,
    stop_ids: frozenset[int] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[GenerationStep]:
    """Generate a continuation, yielding each token as it is drawn.

    The first step reads the whole prompt, each later one a single token. Nothing runs until the
    first step is asked for, and to stop is to ask for no more. The penalties of `params` count
    the prompt and what has been written.

    Args:
        model: the language model.
        ids: the prompt, at least one token.
        params: sampling settings; None means `SamplingParams()`. `max_tokens` limits the length.
        generator: the source of randomness, on the CPU; None makes one from `params.seed`.
        stop_ids: tokens that end the text; None means `model.stop_ids`, `frozenset()` none.
        should_stop: asked before each token; True ends the text.

    Yields:
        A step per token, the end token among them.

    Raises:
        ModelError: for bad ids, or `num_beams` above 1, which `core.sampling.beam_search` is for.

    Example:
        >>> steps = model.generate(model.encode("1, 2, 3,"), SamplingParams(temperature=0.0))
        >>> next(steps).text
        ' '
    """
    params = SamplingParams() if params is None else params
    if params.num_beams > 1:
        raise ModelError(
            "generate writes a single text; num_beams is {num_beams}. Use "
            "core.sampling.beam_search(model.next_log_probs(), ids, ...) for beams.",
            num_beams=params.num_beams,
        )
    ids = model.check_ids(ids)[0].tolist()
    if generator is None:
        generator = torch.Generator().manual_seed(params.seed)
    stops = model.stop_ids if stop_ids is None else stop_ids
    return _steps(model, ids, params, generator, stops, should_stop)


def _steps(
    model: PredictionModel,
    prompt: list[int],
    params: SamplingParams,
    generator: torch.Generator,
    stops: frozenset[int],
    should_stop: Callable[[], bool] | None,
) -> Iterator[GenerationStep]:
    cache = model.new_cache(len(prompt) + 64)
    written: list[int] = []
    unread, shown, log_prob = prompt, 0, 0.0
    for index in range(params.max_tokens):
        if should_stop is not None and should_stop():
            return
        logits = model.next_logits(unread, cache)
        trace = sampling_trace(logits, params, previous_ids=prompt + written)
        token = int(draw(trace.probs, generator))
        written.append(token)
        unread = [token]
        raw_prob = float(trace.raw_probs[token])
        log_prob += math.log(raw_prob) if raw_prob > 0 else -math.inf
        text = whole_text(b"".join(model.token_bytes(i) for i in written))
        finished = None
        if token in stops:
            finished = "stop"
        elif index + 1 == params.max_tokens:
            finished = "length"
        elif cache.length + 1 > model.config.context_length:
            finished = "context"
        yield GenerationStep(
            index=index,
            token_id=token,
            text=model.token_text(token),
            new_text=text[shown:],
            trace=trace,
            prob=float(trace.probs[token]),
            raw_prob=raw_prob,
            log_prob=log_prob,
            finished=finished,
        )
        if finished is not None:
            return
        shown = len(text)


def whole_text(data: bytes) -> str:
    """Decode UTF-8 up to a character at the end that is still incomplete.

    Example:
        >>> whole_text("é".encode()[:1] ), whole_text("é".encode())
        ('', 'é')
    """
    for missing in range(4):
        try:
            return data[: len(data) - missing].decode("utf-8")
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                break
    return data.decode("utf-8", "replace")
