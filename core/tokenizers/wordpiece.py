"""WordPiece: merge the pair that is frequent *relative to its parts*; encode by the longest match.

The score f(ab) / (f(a)·f(b)) is the likelihood rule of Schuster and Nakajima 2012, "Japanese and
Korean Voice Search", section 3, as the Hugging Face course gives it (Google's own trainer is not
published). Encoding is greedy longest-match-first, as in BERT's `tokenization.py` (Devlin et al.
2019). Pieces inside a word carry the prefix "##".
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from core.errors import InputError
from core.plain_checks import integer, short
from core.tokenizers.alphabet import check_text
from core.tokenizers.trained.history import MergeStep, MergeTraining, Pair
from core.tokenizers.trained.merging import (
    Choice,
    MergingCorpus,
    check_word_counts,
    learn_merges,
)

PREFIX = "##"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPieceStep(MergeStep):
    """One merge. `score` is count / (left_count·right_count), all three from before the merge."""

    score: float
    left_count: int
    right_count: int

    @property
    def symbol_counts(self) -> dict[str, int]:
        """Count how often each symbol occurs before the merge."""
        return self.history.symbol_counts_at(self.index)

    @property
    def scores(self) -> dict[Pair, float]:
        """Return the score of each pair, in the order of `pair_counts`."""
        symbols = self.symbol_counts
        return {
            (left, right): pair_score(count, symbols[left], symbols[right])
            for (left, right), count in self.pair_counts.items()
        }

    @property
    def ties(self) -> tuple[Pair, ...]:
        """Return all pairs with the winning score in scan order; the first one won."""
        return tuple(pair for pair, score in self.scores.items() if score == self.score)

    @property
    def most_frequent(self) -> Pair:
        """Return the pair that BPE would have merged here."""
        counts = self.pair_counts
        return max(counts, key=counts.__getitem__)


class WordPieceTraining(MergeTraining[WordPieceStep]):
    """A trained WordPiece; its alphabet is sorted."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One look into the vocabulary: `piece` is word[start:stop] with its prefix."""

    start: int
    stop: int
    piece: str
    found: bool


@dataclass(frozen=True, slots=True)
class WordPieceEncoding:
    """A word cut by the longest match. `matches` are the spans that matched, even before a failure.

    `failed_at` is the character where nothing matched, or None; `too_long` says that the word was
    never tried. In both cases `tokens` is the unknown token alone.
    """

    word: str
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    matches: tuple[tuple[int, int], ...]
    failed_at: int | None
    too_long: bool
    prefix: str

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Return every substring that was looked up, in order, longest first at each place."""
        if self.too_long:
            return ()
        looked_up: list[Attempt] = []
        ends = list(self.matches)
        if self.failed_at is not None:
            ends.append((self.failed_at, self.failed_at))
        for start, found_stop in ends:
            head = self.prefix if start else ""
            for stop in range(len(self.word), max(found_stop, start + 1) - 1, -1):
                piece = head + self.word[start:stop]
                looked_up.append(Attempt(start, stop, piece, stop == found_stop))
        return tuple(looked_up)


def pair_score(count: int, left_count: int, right_count: int) -> float:
    """Return f(ab) / (f(a)·f(b)), which is large for parts that seldom occur apart.

    Example:
        >>> pair_score(5, 20, 5)
        0.05
    """
    return count / (left_count * right_count)


def word_symbols(word: str) -> tuple[str, ...]:
    """Split a word into WordPiece's initial symbols.

    Example:
        >>> word_symbols("hug")
        ('h', '##u', '##g')
    """
    return (*word[:1], *(PREFIX + char for char in word[1:]))


def train_wordpiece(word_counts: Mapping[str, int], num_merges: int) -> WordPieceTraining:
    """Learn a WordPiece vocabulary, keeping every state of the corpus.

    The pair with the highest score f(ab) / (f(a)·f(b)) wins, f counting symbols and pairs in the
    corpus as merged so far; a tie goes to the pair met first, scanning the words in insertion
    order.

    Args:
        word_counts: how often each word occurs, at least 1. A word that itself begins with "##"
            is ambiguous in this format; split punctuation off first, as BERT does.
        num_merges: merges to learn; fewer when no pair is left.

    Returns:
        The vocabulary (letters sorted, then the merged pieces), and a step for each merge.

    Raises:
        ValueError: an empty corpus or word, a count below 1, a negative number of merges.

    Example:
        >>> counts = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
        >>> [step.merged for step in train_wordpiece(counts, 3).steps]
        ['##gs', 'hu', 'hugs']
    """
    counts = check_word_counts(word_counts)
    integer("num_merges", num_merges, 0)
    learned = learn_merges(
        MergingCorpus(counts, word_symbols), num_merges, _highest_score, WordPieceStep
    )
    return WordPieceTraining(**learned)


def _highest_score(corpus: MergingCorpus) -> Choice:
    f = corpus.symbol_counts
    scores = {
        (left, right): pair_score(count, f[left], f[right])
        for (left, right), count in corpus.pair_counts.items()
    }
    best = max(scores.values())
    left, right = corpus.first_met(pair for pair, score in scores.items() if score == best)
    fields = {"score": best, "left_count": f[left], "right_count": f[right]}
    return Choice((left, right), left + right.removeprefix(PREFIX), fields)


def encode_wordpiece(
    word: str,
    vocab: Container[str],
    unk: str = "[UNK]",
    *,
    max_chars: int = 100,
    prefix: str = PREFIX,
) -> WordPieceEncoding:
    """Cut a word by the longest piece that the vocabulary holds, from left to right.

    The first look is at the whole word, then at ever shorter beginnings; after a match the rest is
    cut the same way with the prefix in front. Where nothing matches, the *whole word* is unknown.

    Args:
        word: one word; it is not split at spaces.
        vocab: the pieces; a set or a dict answers fastest.
        unk: the token of a word that cannot be cut.
        max_chars: a longer word is unknown at once (BERT's rule, also its number).
        prefix: what marks a piece inside a word.

    Returns:
        The tokens with their spans in the word, and every look into the vocabulary.

    Raises:
        ValueError: `word` is not text, `vocab` cannot be searched, `max_chars` below 1.

    Example:
        >>> encode_wordpiece("hugs", {"h", "##u", "##g", "##s", "hug"}).tokens
        ('hug', '##s')
    """
    check_text("word", word)
    integer("max_chars", max_chars, 1)
    if isinstance(vocab, str) or not isinstance(vocab, Container):
        raise InputError(
            "vocab must be a collection of pieces; got {got}.",
            got=short(vocab),
        )
    if isinstance(vocab, (list, tuple)):
        vocab = frozenset(vocab)
    length = len(word)
    if length > max_chars:
        return WordPieceEncoding(word, (unk,), ((0, length),), (), None, True, prefix)
    tokens: list[str] = []
    spans: list[tuple[int, int]] = []
    start = 0
    while start < length:
        head = prefix if start else ""
        stop = next(
            (end for end in range(length, start, -1) if head + word[start:end] in vocab), None
        )
        if stop is None:
            return WordPieceEncoding(
                word, (unk,), ((0, length),), tuple(spans), start, False, prefix
            )
        tokens.append(head + word[start:stop])
        spans.append((start, stop))
        start = stop
    return WordPieceEncoding(word, tuple(tokens), tuple(spans), tuple(spans), None, False, prefix)


def decode_wordpiece(tokens: Iterable[str], prefix: str = PREFIX) -> str:
    """Join words by single spaces; a piece with the prefix is attached to the one before it.

    Not lossless: the spaces of the original text, and what became unknown, are gone.

    Example:
        >>> decode_wordpiece(["hug", "##s", "pun"])
        'hugs pun'
    """
    text = ""
    for token in tokens:
        if text and token.startswith(prefix) and len(token) > len(prefix):
            text += token[len(prefix) :]
        else:
            text += (" " if text else "") + token
    return text
