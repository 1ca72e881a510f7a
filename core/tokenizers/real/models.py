"""The models inside a `tokenizer.json`: BPE, WordPiece and Unigram, every field checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InputError
from core.plain_checks import short
from core.tokenizers.trained.history import Pair
from core.tokenizers.unigram.encode import unknown_score
from core.tokenizers.unigram.lattice import check_log_probs

MAX_PIECE = 512  # characters of a Unigram piece: the lattice looks that far back
MAX_WORD = 1_000  # characters of a word that WordPiece tries


@dataclass(frozen=True, slots=True)
class BPEModel:
    """A BPE: ids by token, ranks by pair (0 merges first), and what happens to unknown characters.

    `ignore_merges` takes a piece that is a token as it is; `byte_fallback` writes an unknown
    character as its bytes, `<0xE4>`; without either and without `unk` it is left out.
    """

    vocab: Mapping[str, int]
    ranks: Mapping[Pair, int]
    unk: str | None
    fuse_unk: bool
    byte_fallback: bool
    ignore_merges: bool
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class WordPieceModel:
    """A WordPiece: ids by piece, the unknown token, the prefix inside words, the longest word."""

    vocab: Mapping[str, int]
    unk: str
    prefix: str
    max_chars: int


@dataclass(frozen=True, slots=True)
class UnigramModel:
    """A Unigram: ids and log-probabilities by piece; `unknown_score` is a lone character's."""

    vocab: Mapping[str, int]
    log_probs: Mapping[str, float]
    longest: int
    unknown_score: float
    unk_id: int | None
    unk_piece: str | None
    byte_fallback: bool


ModelSpec = BPEModel | WordPieceModel | UnigramModel


def read_model(model: Mapping[str, Any]) -> ModelSpec:
    """Read the "model" object of a tokenizer.json.

    Raises:
        ValueError: another model than the three, or a field that is missing, broken or unsupported.
    """
    kind = model.get("type")
    if kind is None:  # files from before 2021 leave the type out
        kind = "BPE" if "merges" in model else "Unigram" if "unk_id" in model else "WordPiece"
    if kind == "BPE":
        return _read_bpe(model)
    if kind == "WordPiece":
        return _read_wordpiece(model)
    if kind == "Unigram":
        return _read_unigram(model)
    raise InputError(
        "The model type {got} is not supported; supported are BPE, WordPiece "
        "and Unigram. Use another tokenizer.json.",
        got=short(kind),
    )


def _read_bpe(model: Mapping[str, Any]) -> BPEModel:
    if model.get("dropout"):
        raise InputError(
            "This BPE drops merges at random (dropout), so its steps differ every "
            "time. Set 'dropout' to null in the file."
        )
    vocab = _read_vocab(model.get("vocab"))
    prefix = _text(model, "continuing_subword_prefix") or ""
    ranks: dict[Pair, int] = {}
    merges = model.get("merges")
    if not isinstance(merges, list):
        raise InputError(
            "The BPE's merges must be a list; got {got}.",
            got=short(merges),
        )
    for rank, merge in enumerate(merges):
        parts = merge.split(" ") if isinstance(merge, str) else merge
        if (
            not isinstance(parts, list)
            or len(parts) != 2
            or not all(isinstance(part, str) and part for part in parts)
        ):
            raise InputError(
                "Merge {rank} must be two tokens; got {got}.",
                rank=rank,
                got=short(merge),
            )
        left, right = parts
        merged = left + right[len(prefix) :]
        absent = next((token for token in (left, right, merged) if token not in vocab), None)
        if absent is not None:
            raise InputError(
                "Merge {rank} ({left} with {right}) uses {piece}, which the vocabulary lacks.",
                rank=rank,
                left=short(left),
                right=short(right),
                piece=short(absent),
            )
        ranks[left, right] = rank
    byte_fallback = _flag(model, "byte_fallback")
    if byte_fallback:
        _check_byte_pieces(vocab)
    return BPEModel(
        vocab=vocab,
        ranks=ranks,
        unk=_unknown(model, vocab),
        fuse_unk=_flag(model, "fuse_unk"),
        byte_fallback=byte_fallback,
        ignore_merges=_flag(model, "ignore_merges"),
        prefix=prefix,
        suffix=_text(model, "end_of_word_suffix") or "",
    )


def _read_wordpiece(model: Mapping[str, Any]) -> WordPieceModel:
    vocab = _read_vocab(model.get("vocab"))
    unk = _unknown({"unk_token": "[UNK]", **model}, vocab)
    if unk is None:
        raise InputError("A WordPiece model must name its unk_token; this one has null.")
    longest = model.get("max_input_chars_per_word", 100)
    if isinstance(longest, bool) or not isinstance(longest, int) or not 1 <= longest <= MAX_WORD:
        raise InputError(
            "max_input_chars_per_word must be from 1 to {max_word}; got {got}.",
            max_word=MAX_WORD,
            got=short(longest),
        )
    prefix = _text(model, "continuing_subword_prefix")
    return WordPieceModel(vocab, unk, "##" if prefix is None else prefix, longest)


def _read_unigram(model: Mapping[str, Any]) -> UnigramModel:
    entries = model.get("vocab")
    if not isinstance(entries, list) or not entries:
        raise InputError(
            "A Unigram's vocab must list [piece, score]; got {got}.",
            got=short(entries),
        )
    vocab: dict[str, int] = {}
    log_probs: dict[str, float] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
            raise InputError(
                "Entry {index} of the vocab must be [piece, score]; got {got}.",
                index=index,
                got=short(entry),
            )
        if len(entry[0]) > MAX_PIECE:
            raise InputError(
                "Entry {index} of the vocab has {length} characters; at most "
                "{max_piece} are accepted.",
                index=index,
                length=len(entry[0]),
                max_piece=MAX_PIECE,
            )
        if entry[0]:
            vocab[entry[0]] = index
            log_probs[entry[0]] = entry[1]
    longest = check_log_probs(log_probs)
    unk_id = model.get("unk_id")
    if unk_id is not None and (
        isinstance(unk_id, bool) or not isinstance(unk_id, int) or not 0 <= unk_id < len(entries)
    ):
        raise InputError(
            "unk_id must be a place in the vocab or null; got {got}.",
            got=short(unk_id),
        )
    byte_fallback = _flag(model, "byte_fallback")
    if byte_fallback:
        _check_byte_pieces(vocab)
    unk_piece = None if unk_id is None else entries[unk_id][0] or None
    return UnigramModel(
        vocab=vocab,
        log_probs=log_probs,
        longest=longest,
        unknown_score=unknown_score(log_probs),
        unk_id=unk_id,
        unk_piece=unk_piece,
        byte_fallback=byte_fallback,
    )


def _read_vocab(vocab: Any) -> dict[str, int]:
    """Return the tokens with their ids: whole numbers, none twice."""
    if not isinstance(vocab, dict) or not vocab:
        raise InputError(
            "The model's vocab must map tokens to ids; got {got}.",
            got=short(vocab),
        )
    for token, index in vocab.items():
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < 2**32:
            raise InputError(
                "The id of {token} must be a whole number; got {got}.",
                token=short(token),
                got=short(index),
            )
    if len(set(vocab.values())) < len(vocab):
        raise InputError("Two tokens of the vocab have the same id. Use another tokenizer.json.")
    return vocab


def _unknown(model: Mapping[str, Any], vocab: Mapping[str, int]) -> str | None:
    unk = _text(model, "unk_token")
    if unk is not None and unk not in vocab:
        raise InputError(
            "The unk_token {got} must be in the model's vocab; it is not. Use "
            "another tokenizer.json.",
            got=short(unk),
        )
    return unk


def _text(model: Mapping[str, Any], key: str) -> str | None:
    value = model.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(
            "The model's {key} must be text or null; got {got}.",
            key=key,
            got=short(value),
        )
    return value


def _flag(model: Mapping[str, Any], key: str) -> bool:
    value = model.get(key)
    if value is not None and not isinstance(value, bool):
        raise InputError(
            "The model's {key} must be true or false; got {got}.",
            key=key,
            got=short(value),
        )
    return bool(value)


def _check_byte_pieces(vocab: Mapping[str, int]) -> None:
    missing = sum(f"<0x{value:02X}>" not in vocab for value in range(256))
    if missing:
        raise InputError(
            "byte_fallback needs the pieces <0x00> to <0xFF>; the vocab lacks {missing} of them.",
            missing=missing,
        )
