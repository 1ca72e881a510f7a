"""Compare one text under many tokenization schemes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InputError
from core.plain_checks import choice, short
from core.tokenizers.alphabet import UTF8, check_text, readable
from core.tokenizers.bpe import BPETraining, encode_bpe, merge_ranks
from core.tokenizers.text import SPACES, Token, split_bytes, split_characters, split_words
from core.tokenizers.unigram import UnigramTraining
from core.tokenizers.unigram.encode import encode_known, unknown_score
from core.tokenizers.wordpiece import WordPieceTraining, encode_wordpiece

UNKNOWN = "[UNK]"
Training = BPETraining | WordPieceTraining | UnigramTraining


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to tokenize: its name, its function, the size of its vocabulary (None: open)."""

    name: str
    tokenize: Callable[[str], Sequence[Token]]
    vocab_size: int | None = None


@dataclass(frozen=True, slots=True)
class SchemeTokens:
    """One text under one scheme. `tokens_per_character` is None for an empty text."""

    name: str
    vocab_size: int | None
    tokens: tuple[Token, ...]
    count: int
    unknown: int
    tokens_per_character: float | None


@dataclass(frozen=True, slots=True)
class TokenizationComparison:
    """One text under several schemes, in the order given; lengths in characters and UTF-8 bytes."""

    text: str
    characters: int
    bytes: int
    rows: tuple[SchemeTokens, ...]


def word_scheme(known: Iterable[str] | None = None, name: str = "word") -> Scheme:
    """Return a scheme of words (see `split_words`); `known` None takes all words as known."""
    vocab = None if known is None else frozenset(known)

    def tokenize(text: str) -> Sequence[Token]:
        return [
            Token(t.text, t.start, t.stop, vocab is None or t.text in vocab)
            for t in split_words(text)
        ]

    return Scheme(name, tokenize, None if vocab is None else len(vocab))


def character_scheme(name: str = "character") -> Scheme:
    """Return a scheme of code points, whose vocabulary counts as open (1 112 064 are possible)."""
    return Scheme(name, split_characters)


def byte_scheme(name: str = "byte") -> Scheme:
    """Return a scheme of the 256 bytes of UTF-8."""
    return Scheme(name, split_bytes, 256)


def trained_scheme(training: Training, spaces: str = "drop", name: str | None = None) -> Scheme:
    """Return a scheme that applies a trained vocabulary word by word.

    Args:
        training: from `train_bpe`, `train_wordpiece` or `train_unigram`.
        spaces: how `split_words` treats white space; use what the corpus was counted with.
        name: the scheme's name; None takes the algorithm's.

    Returns:
        A scheme whose tokens show bytes readably and mark what the vocabulary lacks.

    Raises:
        ValueError: `training` is none of the three results, or another value for `spaces`.

    Example:
        >>> from core.tokenizers.bpe import train_bpe
        >>> scheme = trained_scheme(train_bpe({"hug": 2, "hugs": 1}, 2))
        >>> [token.text for token in scheme.tokenize("hugs hug")]
        ['hug', 's', 'hug']
    """
    choice("spaces", spaces, SPACES)
    cut, default_name, size = cutter(training)

    def tokenize(text: str) -> Sequence[Token]:
        by_word: dict[str, list[Token]] = {}
        tokens: list[Token] = []
        for word in split_words(text, spaces):
            if word.text not in by_word:
                by_word[word.text] = cut(word.text)
            tokens.extend(
                Token(t.text, word.start + t.start, word.start + t.stop, t.known)
                for t in by_word[word.text]
            )
        return tokens

    return Scheme(default_name if name is None else name, tokenize, size)


def compare(text: str, schemes: Sequence[Scheme]) -> TokenizationComparison:
    """Tokenize one text under each scheme.

    Args:
        text: any string.
        schemes: from `word_scheme`, `character_scheme`, `byte_scheme`, `trained_scheme`, or
            `core.tokenizers.real.real_scheme`.

    Returns:
        Tokens with their places, counts, and tokens per character.

    Raises:
        ValueError: `text` is not text.

    Example:
        >>> result = compare("né né", [word_scheme(), character_scheme(), byte_scheme()])
        >>> [(row.name, row.count, row.tokens_per_character) for row in result.rows]
        [('word', 2, 0.4), ('character', 5, 1.0), ('byte', 7, 1.4)]
    """
    check_text("text", text)
    rows: list[SchemeTokens] = []
    for scheme in schemes:
        tokens = tuple(scheme.tokenize(text))
        rows.append(
            SchemeTokens(
                name=scheme.name,
                vocab_size=scheme.vocab_size,
                tokens=tokens,
                count=len(tokens),
                unknown=sum(not token.known for token in tokens),
                tokens_per_character=len(tokens) / len(text) if text else None,
            )
        )
    return TokenizationComparison(text, len(text), len(text.encode(*UTF8)), tuple(rows))


def compare_texts(
    texts: Mapping[str, str], schemes: Sequence[Scheme]
) -> dict[str, TokenizationComparison]:
    """Compare several named texts: tokens per character in English, Chinese, code, emoji."""
    return {name: compare(text, schemes) for name, text in texts.items()}


def cutter(
    training: Training, stage: int | None = None
) -> tuple[Callable[[str], list[Token]], str, int]:
    """Return the function that cuts one word by a training, its name and its vocabulary's size.

    `stage` takes the vocabulary after so many merges (Unigram: in that round) instead of the last.
    """
    if isinstance(training, BPETraining):
        merges = training.merges[:stage]
        known = frozenset((*training.alphabet, *(a + b for a, b in merges)))
        unit = training.unit
        ranks = merge_ranks(merges)

        def cut_bpe(word: str) -> list[Token]:
            encoding = encode_bpe(word, ranks, unit, vocab=known, unk=UNKNOWN)
            return [
                Token(readable(text, unit), start, stop, not unknown)
                for text, (start, stop), unknown in zip(
                    encoding.tokens, encoding.spans, encoding.unknown, strict=True
                )
            ]

        return cut_bpe, "BPE" if unit == "char" else "byte BPE", len(known)
    if isinstance(training, WordPieceTraining):
        steps = training.steps[:stage]
        pieces = frozenset((*training.alphabet, *(step.merged for step in steps)))

        def cut_wordpiece(word: str) -> list[Token]:
            encoding = encode_wordpiece(word, pieces, UNKNOWN)
            known = encoding.failed_at is None and not encoding.too_long
            return [
                Token(text, start, stop, known)
                for text, (start, stop) in zip(encoding.tokens, encoding.spans, strict=True)
            ]

        return cut_wordpiece, "WordPiece", len(pieces)
    if isinstance(training, UnigramTraining):
        log_probs = training.log_probs if stage is None else training.steps[stage].log_probs
        longest = max(map(len, log_probs))
        lowest = unknown_score(log_probs)

        def cut_unigram(word: str) -> list[Token]:
            encoding = encode_known(word, log_probs, longest, lowest, UNKNOWN)
            return [
                Token(text, start, stop, not unknown)
                for text, (start, stop), unknown in zip(
                    encoding.tokens, encoding.spans, encoding.unknown, strict=True
                )
            ]

        return cut_unigram, "Unigram", len(log_probs)
    raise InputError(
        "training must come from train_bpe, train_wordpiece or train_unigram; got {got}.",
        got=short(training),
    )
