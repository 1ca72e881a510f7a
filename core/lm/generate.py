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
    generation = Generation(model, ids, params, generator, stop_ids=stop_ids)
    return _steps(generation, should_stop)


def _steps(
    generation: Generation, should_stop: Callable[[], bool] | None
) -> Iterator[GenerationStep]:
    while should_stop is None or not should_stop():
        step = generation.advance()
        if step is None:
            return
        yield step


class Generation:
    """A text that is being generated: the prompt, what is written, and the KV cache.

    `advance` reads and draws; `core.lm.batch.read_together` reads for several texts at once.

    Attributes:
        unread: tokens that the cache has not read yet: first the prompt, then one token.
        logits: (V,), the prediction after them once they are read, until the next token is drawn.
        finished: why the text has ended, or None; see `GenerationStep`.
    """

    def __init__(
        self,
        model: PredictionModel,
        ids: Sequence[int],
        params: SamplingParams,
        generator: torch.Generator | None = None,
        *,
        stop_ids: frozenset[int] | None = None,
    ) -> None:
        """Prepare a text; nothing is computed yet. See `generate` for the arguments."""
        if params.num_beams > 1:
            raise ModelError(
                "generate writes a single text; num_beams is {num_beams}. Use "
                "core.sampling.beam_search(model.next_log_probs(), ids, ...) for beams.",
                num_beams=params.num_beams,
            )
        self.model = model
        self.params = params
        self.prompt: list[int] = model.check_ids(ids)[0].tolist()
        self.written: list[int] = []
        self.unread = self.prompt
        self.logits: torch.Tensor | None = None
        self.finished: str | None = None
        self.cache = model.new_cache(len(self.prompt) + 64)
        seeded = torch.Generator().manual_seed(params.seed)
        self._generator = seeded if generator is None else generator
        self._stops = model.stop_ids if stop_ids is None else stop_ids
        self._shown, self._log_prob = 0, 0.0

    def advance(self) -> GenerationStep | None:
        """Draw the next token, after reading what is unread; None once the text has ended."""
        if self.finished is not None:
            return None
        if self.logits is None:
            self.logits = self.model.next_logits(self.unread, self.cache)
        trace = sampling_trace(self.logits, self.params, previous_ids=self.prompt + self.written)
        token = int(draw(trace.probs, self._generator))
        self.logits = None
        self.written.append(token)
        self.unread = [token]
        raw_prob = float(trace.raw_probs[token])
        self._log_prob += math.log(raw_prob) if raw_prob > 0 else -math.inf
        text = whole_text(b"".join(self.model.token_bytes(i) for i in self.written))
        if token in self._stops:
            self.finished = "stop"
        elif len(self.written) == self.params.max_tokens:
            self.finished = "length"
        elif self.cache.length + 1 > self.model.config.context_length:
            self.finished = "context"
        step = GenerationStep(
            index=len(self.written) - 1,
            token_id=token,
            text=self.model.token_text(token),
            new_text=text[self._shown :],
            trace=trace,
            prob=float(trace.probs[token]),
            raw_prob=raw_prob,
            log_prob=self._log_prob,
            finished=self.finished,
        )
        self._shown = len(text)
        return step


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
