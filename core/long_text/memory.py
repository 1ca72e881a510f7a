"""What a model can still answer when its prompt holds only a part, or a summary, of a text.

A fact (a "needle") is put into a text. The model then answers a question on it from prompts made
in several ways. It is scored by log p(right answer) − log p(wrong answer), so nothing is judged.

Sources: the needle is Kamradt's (2023) "needle in a haystack"; summaries of summaries are Wu et al.
2021, "Recursively Summarizing Books with Human Feedback", arXiv:2109.10862, section 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import InputError
from core.lm import LanguageModel
from core.long_text.chunks import Chunk
from core.long_text.retrieval import Embedder, retrieve
from core.long_text.spans import units_of
from core.plain_checks import integer, number
from core.sampling import SamplingParams

METHODS = ("nothing", "whole", "cut", "retrieved", "summaries")
_REQUEST = "Summarize this text in one short sentence:\n\n"


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question on a text, with two answers: the right one and a wrong one."""

    question: str
    right: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Recall:
    """How a model answers from one prompt.

    Attributes:
        method: One of `METHODS`.
        held: The part of the text, or the summaries, in the prompt.
        tokens: Number of tokens of `held`.
        right: log p of the right answer, nats.
        wrong: log p of the wrong answer, nats.
    """

    method: str
    held: str
    tokens: int
    right: float
    wrong: float

    @property
    def margin(self) -> float:
        """Return log p(right) − log p(wrong), nats; above 0 the model prefers the right answer."""
        return self.right - self.wrong


def insert_fact(text: str, fact: str, share: float) -> str:
    """Put a fact between two sentences of a text, after about `share` of its characters.

    Example:
        >>> insert_fact("One. Two.", "Fact.", 0.5)
        'One. Fact. Two.'
    """
    number("share", share, 0, 1)
    text = text.strip()
    ends = [0, *(stop for _start, stop in units_of(text, "sentences"))]
    at = min(ends, key=lambda end: abs(end - share * len(text)))
    before, after = text[:at], text[at:]
    seam = "" if after[:1].isspace() else " "
    return f"{before} {fact.strip()}{seam}{after}".strip()


def answer_log_prob(model: LanguageModel, prompt: str, answer: str) -> float:
    """Return log p(answer | prompt) in nats: the sum over the answer's tokens.

    Raises:
        InputError: The prompt or the answer has no token.
    """
    before, ids = model.encode(prompt), model.encode(answer)
    if not before or not ids:
        raise InputError("prompt and answer must not be empty.")
    rows = range(len(before) - 1, len(before) + len(ids) - 1)
    log_probs = model.logits([*before, *ids], rows).double().log_softmax(-1)
    return float(sum(log_probs[i, token] for i, token in enumerate(ids)))


def recall(model: LanguageModel, method: str, held: str, quiz: Quiz) -> Recall:
    """Ask the question after `held`; score both answers."""
    prompt = f"{held}\n\n" if held else ""
    prompt += f"Question: {quiz.question.strip()}\nAnswer:"
    right, wrong = (
        answer_log_prob(model, prompt, f" {answer.strip()}") for answer in (quiz.right, quiz.wrong)
    )
    return Recall(method, held, len(model.encode(held)), right, wrong)


def first_tokens(model: LanguageModel, text: str, room: int) -> str:
    """Return the text of the first `room` tokens; a character cut in two is left out."""
    ids = model.encode(text)[: integer("room", room, 1)]
    return b"".join(model.token_bytes(i) for i in ids).decode("utf-8", "ignore")


def retrieved_text(
    model: LanguageModel, encoder: Embedder, question: str, chunks: Sequence[Chunk], room: int
) -> str:
    """Return the chunks nearest to the question that fit into `room` tokens, in text order.

    Chunks are taken from the best on; the first that does not fit ends the search. If even the
    best is too long, its first tokens are returned.
    """
    kept: list[Chunk] = []
    for hit in retrieve(question, chunks, encoder, len(chunks)):
        if len(model.encode(_joined([*kept, hit.chunk]))) > room:
            return first_tokens(model, _joined(kept or [hit.chunk]), room)
        kept.append(hit.chunk)
    return _joined(kept)


def _joined(chunks: Sequence[Chunk]) -> str:
    return "\n".join(c.text.strip() for c in sorted(chunks, key=lambda chunk: chunk.start))


def summarize(model: LanguageModel, text: str, most: int) -> Iterator[str]:
    """Yield the model's greedy summary of a text as it grows, token by token.

    Args:
        model: A model with a chat template.
        text: The text.
        most: Largest length of the summary in tokens.
    """
    message = {"role": "user", "content": _REQUEST + text.strip()}
    ids = model.encode(model.tokenizer.chat_text([message]))
    written = ""
    for step in model.generate(ids, SamplingParams(temperature=0.0, max_tokens=most)):
        if step.token_id in model.stop_ids:
            break
        written += step.new_text
        yield written
