"""Next-sentence prediction: pairs of sentences, and how far words in common tell them apart."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from core.errors import InputError

_END = re.compile(r"(?<=[.!?;:])\s+|(?<=[。！？；：])|\n+")


@dataclass(frozen=True, slots=True)
class SentencePair:
    """Two sentences; `is_next` tells whether the second follows the first in its document."""

    first: str
    second: str
    is_next: bool


def split_documents(text: str) -> list[list[str]]:
    """Split a text into documents at blank lines, and those into sentences.

    Example:
        >>> split_documents("One. Two!\\n\\nThree?")
        [['One.', 'Two!'], ['Three?']]
    """
    documents = (_END.split(block) for block in re.split(r"\n\s*\n", text))
    split = [[piece.strip() for piece in block if piece.strip()] for block in documents]
    return [sentences for sentences in split if sentences]


def sentence_pairs(
    documents: Sequence[Sequence[str]], generator: torch.Generator
) -> list[SentencePair]:
    """Return one pair for every sentence that has a successor; half of them get another sentence.

    With probability 0.5 the second sentence is the true successor; otherwise it is drawn from the
    other documents, or from the same one if there is no other. A drawn sentence never equals the
    first one or a sentence that follows it anywhere; if no other exists, the pair is a true one.

    Args:
        documents: sentences in order, document by document.
        generator: source of the random choices.

    Raises:
        ValueError: when no document has two sentences.

    Example:
        >>> pairs = sentence_pairs([["a", "b", "c"], ["d"]], torch.Generator().manual_seed(0))
        >>> [p.first for p in pairs]
        ['a', 'b']

    Source: Devlin et al. 2018, arXiv:1810.04805, section 3.1, task 2, with single sentences for
    BERT's segments.
    """
    if not any(len(sentences) > 1 for sentences in documents):
        raise InputError(
            "documents must have one with at least two sentences; got {got}.",
            got=[len(sentences) for sentences in documents][:10],
        )
    followers = defaultdict(set)
    for sentences in documents:
        for first, following in itertools.pairwise(sentences):
            followers[first].add(following)
    pairs = []
    for d, sentences in enumerate(documents):
        elsewhere = [s for i, other in enumerate(documents) if i != d for s in other]
        for first, following in itertools.pairwise(sentences):
            is_next = bool(torch.rand((), generator=generator) < 0.5)
            pool = elsewhere or list(sentences)
            others = [s for s in pool if s != first and s not in followers[first]]
            if is_next or not others:
                pairs.append(SentencePair(first, following, True))
                continue
            drawn = int(torch.randint(len(others), (), generator=generator))
            pairs.append(SentencePair(first, others[drawn], False))
    return pairs


def word_overlap(first: str, second: str) -> float:
    """Return the Jaccard index of the words of two sentences, in lower case: |A ∩ B| / |A ∪ B|.

    Example:
        >>> word_overlap("the cat sat", "The mat sat")
        0.5
    """
    a, b = (set(re.findall(r"\w+", text.lower())) for text in (first, second))
    return len(a & b) / len(a | b) if a | b else 0.0


@dataclass(frozen=True, slots=True)
class OverlapTest:
    """How well words in common separate true pairs from drawn ones.

    Attributes:
        overlaps: The overlap of each pair.
        auc: Probability that a true pair has a larger overlap than a drawn one, ties counted half;
            NaN if all pairs are of one kind.
    """

    overlaps: tuple[float, ...]
    auc: float


def overlap_test(pairs: Sequence[SentencePair]) -> OverlapTest:
    """Measure how well the number of words in common solves next-sentence prediction.

    Example:
        >>> true, drawn = SentencePair("a b", "b c", True), SentencePair("a b", "x", False)
        >>> overlap_test([true, drawn]).auc
        1.0
    """
    overlaps = tuple(word_overlap(pair.first, pair.second) for pair in pairs)
    kinds = torch.tensor([pair.is_next for pair in pairs], dtype=torch.bool)
    values = torch.tensor(overlaps, dtype=torch.float64)
    gaps = values[kinds, None] - values[~kinds]
    auc = float(((gaps > 0) + 0.5 * (gaps == 0)).mean()) if gaps.numel() else float("nan")
    return OverlapTest(overlaps, auc)
