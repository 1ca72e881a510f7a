"""Byte-pair encoding: merge the most frequent pair of neighbors, again and again.

Sennrich, Haddow and Birch 2016, "Neural Machine Translation of Rare Words with Subword Units",
section 3.2, algorithm 1; on bytes: Radford et al. 2019 (GPT-2), section 2.2. There is no mark at
the end of a word: a word is what the caller passes, leading space included if wanted.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from core.plain_checks import choice, integer
from core.tokenizers.alphabet import (
    UNITS,
    base_symbols,
    byte_alphabet,
    character_spans,
    check_text,
    joined,
)
from core.tokenizers.trained.history import MergeStep, MergeTraining, Pair
from core.tokenizers.trained.merging import (
    Choice,
    MergingCorpus,
    check_merges,
    check_word_counts,
    learn_merges,
)
from core.tokenizers.trained.ranked import RankedMerge, merge_by_rank


@dataclass(frozen=True, slots=True, kw_only=True)
class BPEStep(MergeStep):
    """One merge; `pair_counts` is the table that it was chosen from, in the tie rule's order."""

    @property
    def ties(self) -> tuple[Pair, ...]:
        """Return all pairs with the winning count in scan order; the first one won."""
        return tuple(pair for pair, count in self.pair_counts.items() if count == self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class BPETraining(MergeTraining[BPEStep]):
    """A trained BPE, over the characters or the bytes of its words (`unit`)."""

    unit: str


@dataclass(frozen=True, slots=True)
class BPEEncoding:
    """A word cut by BPE: where it started, each merge that applied, what came out.

    `unknown` marks the tokens that a given vocabulary lacks; `spans` are in characters of the word.
    """

    word: str
    unit: str
    initial: tuple[str, ...]
    tokens: tuple[str, ...]
    unknown: tuple[bool, ...]
    spans: tuple[tuple[int, int], ...]
    steps: tuple[RankedMerge, ...]


def train_bpe(
    word_counts: Mapping[str, int], num_merges: int, unit: str = "char", *, min_count: int = 1
) -> BPETraining:
    """Learn merges from a corpus of words, keeping every state of it.

    The most frequent pair wins; a tie goes to the pair met first, scanning the words (as merged so
    far) in insertion order.

    Args:
        word_counts: how often each word occurs, at least 1.
        num_merges: merges to learn; fewer when no pair is left.
        unit: "char" starts from the characters seen, sorted; "byte" from all 256 bytes, in
            GPT-2's letters, so that nothing is ever unknown.
        min_count: stop when the best pair occurs less often than this.

    Returns:
        The merges in order, the vocabulary, and a step for each merge.

    Raises:
        ValueError: an empty corpus or word, a count below 1, a negative number of merges.

    Example:
        >>> counts = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
        >>> train_bpe(counts, 3).merges
        (('u', 'g'), ('u', 'n'), ('h', 'ug'))
    """
    counts = check_word_counts(word_counts)
    integer("num_merges", num_merges, 0)
    integer("min_count", min_count, 1)
    choice("unit", unit, UNITS)

    def most_frequent(corpus: MergingCorpus) -> Choice | None:
        count = max(corpus.pair_counts.values())
        if count < min_count:
            return None
        pair = corpus.first_met(p for p, c in corpus.pair_counts.items() if c == count)
        return Choice(pair, pair[0] + pair[1], {})

    corpus = MergingCorpus(counts, lambda word: base_symbols(word, unit))
    alphabet = byte_alphabet() if unit == "byte" else None
    learned = learn_merges(corpus, num_merges, most_frequent, BPEStep, alphabet)
    return BPETraining(unit=unit, **learned)


def encode_bpe(
    word: str,
    merges: Iterable[Pair] | Mapping[Pair, int],
    unit: str = "char",
    *,
    vocab: Container[str] | None = None,
    unk: str = "[UNK]",
) -> BPEEncoding:
    """Cut a word by learned merges, keeping the symbols after each.

    The merge learned earliest among those that apply goes first, wherever it applies, until none
    does.

    Args:
        word: any text; it is not split at spaces.
        merges: pairs in the order learned; or `merge_ranks` of them, which many words can share.
        unit: the unit that the merges were learned in.
        vocab: the known tokens; None takes all as known.
        unk: what a token outside `vocab` becomes, when `vocab` is given.

    Returns:
        The tokens, and one step for each merge that applied.

    Raises:
        ValueError: `word` is not text, or a merge is not a pair of texts.

    Example:
        >>> encode_bpe("bug", [("u", "g"), ("u", "n"), ("h", "ug")]).tokens
        ('b', 'ug')
    """
    check_text("word", word)
    choice("unit", unit, UNITS)
    ranks = merges if isinstance(merges, Mapping) else merge_ranks(check_merges(merges))
    initial = base_symbols(word, unit)
    run = merge_by_rank(initial, ranks)
    spans = character_spans(word, run.symbols, unit)
    unknown = tuple(vocab is not None and symbol not in vocab for symbol in run.symbols)
    tokens = tuple(unk if u else s for s, u in zip(run.symbols, unknown, strict=True))
    return BPEEncoding(word, unit, initial, tokens, unknown, spans, run.steps)


def merge_ranks(merges: Iterable[Pair]) -> dict[Pair, int]:
    """Return each pair's place in the list of merges; the first place of a pair listed twice."""
    ranks: dict[Pair, int] = {}
    for rank, pair in enumerate(merges):
        ranks.setdefault(pair, rank)
    return ranks


def decode_bpe(tokens: Iterable[str], unit: str = "char") -> str:
    """Return the text that tokens spell; a complete encoding gives back exactly the text encoded.

    Args:
        tokens: from `encode_bpe`, of one word or of many in a row.
        unit: the unit that they were cut in.

    Returns:
        The text; bytes cut in the middle of a character read as U+FFFD.

    Raises:
        ValueError: a "byte" token that is not written in GPT-2's letters.

    Example:
        >>> decode_bpe(encode_bpe("né", [], "byte").tokens, "byte")
        'né'
    """
    return joined(tokens, unit)
