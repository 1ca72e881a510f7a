"""One piece of a text through a real model: the merges, the longest matches, or the lattice."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InputError
from core.plain_checks import short
from core.tokenizers.real.models import BPEModel, UnigramModel, WordPieceModel
from core.tokenizers.trained.ranked import RankedMerge, merge_by_rank
from core.tokenizers.unigram.encode import UnigramEncoding, encode_known
from core.tokenizers.wordpiece import WordPieceEncoding, encode_wordpiece


@dataclass(frozen=True, slots=True)
class PieceSteps:
    """How one piece became tokens. Which of the later fields is filled depends on the model.

    BPE: `initial` symbols, those `dropped` for want of a token, `merges` with their ranks, and
    `whole` where the piece was a token as it stood (`ignore_merges`). WordPiece: `wordpiece` with
    every attempt. Unigram: `unigram` with its lattice.
    """

    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    unknown: tuple[bool, ...]
    initial: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    merges: tuple[RankedMerge, ...] = ()
    whole: bool = False
    wordpiece: WordPieceEncoding | None = None
    unigram: UnigramEncoding | None = None


def step_bpe(piece: str, model: BPEModel) -> PieceSteps:
    """Cut a piece into characters that are tokens and merge them by rank."""
    if model.ignore_merges and piece in model.vocab:
        return PieceSteps((piece,), (model.vocab[piece],), (False,), (piece,), whole=True)
    initial: list[str] = []
    dropped: list[str] = []
    fusing = False
    for index, char in enumerate(piece):
        symbol = (model.prefix if index else "") + char
        if index == len(piece) - 1:
            symbol += model.suffix
        if symbol in model.vocab:
            initial.append(symbol)
            fusing = False
        elif model.byte_fallback:
            initial.extend(f"<0x{value:02X}>" for value in symbol.encode())
            fusing = False
        elif model.unk is None:
            dropped.append(symbol)
        else:
            if not (fusing and model.fuse_unk):
                initial.append(model.unk)
            fusing = True
    prefix = model.prefix
    run = merge_by_rank(initial, model.ranks, lambda left, right: left + right[len(prefix) :])
    return PieceSteps(
        tokens=run.symbols,
        ids=tuple(model.vocab[symbol] for symbol in run.symbols),
        unknown=tuple(symbol == model.unk for symbol in run.symbols),
        initial=tuple(initial),
        dropped=tuple(dropped),
        merges=run.steps,
    )


def step_wordpiece(piece: str, model: WordPieceModel) -> PieceSteps:
    """Cut a piece by longest match first, keeping every attempt."""
    encoding = encode_wordpiece(
        piece, model.vocab, model.unk, max_chars=model.max_chars, prefix=model.prefix
    )
    failed = encoding.failed_at is not None or encoding.too_long
    return PieceSteps(
        tokens=encoding.tokens,
        ids=tuple(model.vocab[token] for token in encoding.tokens),
        unknown=(failed,) * len(encoding.tokens),
        wordpiece=encoding,
    )


def step_unigram(piece: str, model: UnigramModel) -> PieceSteps:
    """Run Viterbi over the piece's lattice; unknown characters are fused, or written as bytes."""
    encoding = encode_known(
        piece, model.log_probs, model.longest, model.unknown_score, None, model.unk_piece
    )
    tokens: list[str] = []
    ids: list[int] = []
    unknown: list[bool] = []
    for token in encoding.tokens:
        if token in model.vocab:
            tokens.append(token)
            ids.append(model.vocab[token])
            unknown.append(model.vocab[token] == model.unk_id)
        elif model.byte_fallback:
            spelled = [f"<0x{value:02X}>" for value in token.encode()]
            tokens.extend(spelled)
            ids.extend(model.vocab[byte] for byte in spelled)
            unknown.extend([False] * len(spelled))
        elif model.unk_id is None:
            raise InputError(
                "This Unigram model has no piece for {got} and no unknown token "
                "(unk_id). Remove those characters.",
                got=short(token),
            )
        else:
            tokens.append(token)
            ids.append(model.unk_id)
            unknown.append(True)
    return PieceSteps(tuple(tokens), tuple(ids), tuple(unknown), unigram=encoding)
