"""Step a tokenizer that ships with a model: cut, then merge by merge, exactly as the library does.

The `tokenizers` library normalizes and cuts the text (its regular expressions know Unicode's
classes). Everything after that is done here (merges, longest match, lattice, added tokens), so that
each intermediate can be shown. The library's own result is kept for comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from core.errors import InputError, Sentence
from core.tokenizers.alphabet import check_text, readable, well_formed
from core.tokenizers.compare import Scheme
from core.tokenizers.lengths import LengthPoint
from core.tokenizers.real.added import AddedToken
from core.tokenizers.real.cut import cut_text, library_errors
from core.tokenizers.real.file import check_pipeline, leaf_stages, parse, read_json
from core.tokenizers.real.models import BPEModel, ModelSpec, WordPieceModel
from core.tokenizers.real.pieces import PieceSteps, step_bpe, step_unigram, step_wordpiece
from core.tokenizers.text import Token

MAX_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class RealPiece:
    """A piece that the text was cut into, text[start:stop], and how it became tokens.

    `text` is the piece as the model sees it (normalized; byte-level letters). `added` is the added
    token that it is, and then nothing was stepped.
    """

    text: str
    start: int
    stop: int
    steps: PieceSteps
    added: AddedToken | None


@dataclass(frozen=True, slots=True)
class RealTrace:
    """A text stepped through a tokenizer, special tokens at its ends left out.

    `text` has unpaired surrogates replaced by U+FFFD. `shown` are the tokens with bytes made
    readable, `spans` the characters that each touches. `library_tokens` is what the `tokenizers`
    library makes of the text; `agrees` says that its ids are ours. Known exception: a normalizer
    that inserts text where none was, together with added tokens looked for after normalizing.
    """

    text: str
    normalized: str
    pieces: tuple[RealPiece, ...]
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    unknown: tuple[bool, ...]
    shown: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    library_tokens: tuple[str, ...]
    library_ids: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        """Return whether the library gives the same ids."""
        return self.ids == self.library_ids


@dataclass(frozen=True, slots=True)
class RealTokenizer:
    """A tokenizer.json that was read and checked. `vocab_size` counts added tokens too."""

    kind: str  # "BPE", "WordPiece" or "Unigram"
    byte_level: bool
    vocab_size: int
    model: ModelSpec
    added: tuple[AddedToken, ...]
    normalizers: tuple[str, ...]
    pre_tokenizers: tuple[str, ...]
    library: Tokenizer

    @property
    def unk(self) -> str | None:
        """Return the token that stands for what is unknown to BPE or WordPiece."""
        return getattr(self.model, "unk", None)

    def step(self, text: str) -> RealTrace:
        """Tokenize a text, keeping every intermediate.

        Args:
            text: at most 10 000 characters.

        Returns:
            Pieces with their steps, and the tokens; see `RealTrace`.

        Raises:
            ValueError: not text, too long, or a text that this tokenizer itself cannot cut.
        """
        if len(check_text("text", text)) > MAX_CHARACTERS:
            raise InputError(
                "text may have at most {max_characters} characters; this has {length}. "
                "Use a part of it.",
                max_characters=MAX_CHARACTERS,
                length=len(text),
            )
        text = well_formed(text)
        with library_errors(Sentence("cut this text")):
            # First, so that a stage that panics does so here: inside `cut_text` it would run
            # under a callback, where a Rust panic ends the whole process.
            encoding = self.library.encode(text, add_special_tokens=False)
            normalized, cuts = cut_text(text, self.library, self.added)
        known: dict[str, PieceSteps] = {}
        pieces: list[RealPiece] = []
        for piece, start, stop, added in cuts:
            if added is not None:
                steps = PieceSteps((piece,), (added.id,), (False,))
            else:
                if piece not in known:
                    known[piece] = self._step_piece(piece)
                steps = known[piece]
            pieces.append(RealPiece(piece, start, stop, steps, added))
        ids = tuple(index for piece in pieces for index in piece.steps.ids)
        return RealTrace(
            text=text,
            normalized=normalized,
            pieces=tuple(pieces),
            tokens=tuple(token for piece in pieces for token in piece.steps.tokens),
            ids=ids,
            unknown=tuple(flag for piece in pieces for flag in piece.steps.unknown),
            shown=tuple(
                piece.added.content if piece.added else self.readable(token)
                for piece in pieces
                for token in piece.steps.tokens
            ),
            spans=tuple(encoding.offsets)
            if ids == tuple(encoding.ids)
            else tuple((piece.start, piece.stop) for piece in pieces for _ in piece.steps.ids),
            library_tokens=tuple(encoding.tokens),
            library_ids=tuple(encoding.ids),
        )

    def readable(self, symbol: str) -> str:
        """Return a symbol or token in readable form: byte-level letters become what they spell."""
        if not self.byte_level:
            return symbol
        try:
            return readable(symbol, "byte")
        except ValueError:  # an unknown token, or a vocabulary with other entries
            return symbol

    def _step_piece(self, piece: str) -> PieceSteps:
        if isinstance(self.model, BPEModel):
            return step_bpe(piece, self.model)
        if isinstance(self.model, WordPieceModel):
            return step_wordpiece(piece, self.model)
        return step_unigram(piece, self.model)


def load_tokenizer(
    source: str | bytes | Path | Tokenizer,
    *,
    trusted: bool = False,
    prepare: Callable[[dict[str, Any]], str] | None = None,
) -> RealTokenizer:
    """Read a tokenizer.json for stepping.

    Args:
        source: a path, the file's bytes or text (at most 20 MB), or a `tokenizers.Tokenizer`,
            which is copied. Pass an upload as bytes: they are never taken for a path.
        trusted: take regular expressions and normalizers as they are. Leave it off for a visitor's
            file: a hostile pattern can keep a processor busy for hours.
        prepare: returns the text that the library reads, from the file as parsed and checked.

    Returns:
        The tokenizer, with padding and truncation off.

    Raises:
        ValueError: anything broken, dangerous or unsupported, in a sentence.

    Example:
        >>> load_tokenizer("encoder/tokenizer.json").step("hugging").tokens  # doctest: +SKIP
        ('hugging',)
    """
    if isinstance(source, Tokenizer):
        with library_errors(Sentence("copy this tokenizer")):
            text, trusted = source.to_str(), True
    else:
        text = read_json(source)
    data = parse(text)
    model = check_pipeline(data, trusted=trusted)
    text = prepare(data) if prepare is not None else text
    with library_errors(Sentence("read this tokenizer.json")):
        library = Tokenizer.from_str(text)
        library.no_padding()
        library.no_truncation()
        added = tuple(
            AddedToken(
                content=token.content,
                id=index,
                pattern=library.normalizer.normalize_str(token.content)
                if token.normalized and library.normalizer is not None
                else token.content,
                normalized=token.normalized,
                single_word=token.single_word,
                lstrip=token.lstrip,
                rstrip=token.rstrip,
                special=token.special,
            )
            for index, token in library.get_added_tokens_decoder().items()
        )
    normalizers, cutters = (
        tuple(str(stage["type"]) for stage in leaf_stages(data, key))
        for key in ("normalizer", "pre_tokenizer")
    )
    return RealTokenizer(
        kind=type(model).__name__.removesuffix("Model"),
        byte_level="ByteLevel" in (*normalizers, *cutters),
        vocab_size=library.get_vocab_size(with_added_tokens=True),
        model=model,
        added=added,
        normalizers=normalizers,
        pre_tokenizers=cutters,
        library=library,
    )


def real_scheme(tokenizer: RealTokenizer, name: str) -> Scheme:
    """Return a loaded tokenizer as a scheme for `core.tokenizers.compare.compare`."""

    def tokenize(text: str) -> Sequence[Token]:
        trace = tokenizer.step(text)
        return [
            Token(shown, start, stop, not unknown)
            for shown, (start, stop), unknown in zip(
                trace.shown, trace.spans, trace.unknown, strict=True
            )
        ]

    return Scheme(name, tokenize, tokenizer.vocab_size)


def real_length_curve(
    tokenizer: RealTokenizer, trace: RealTrace, points: int = 40
) -> tuple[LengthPoint, ...]:
    """Return a text's length in tokens for each earlier end of a BPE's training, from one trace.

    Only merges below a rank count; what they shortened the text by is known from the steps. Pieces
    that are tokens as they are (`ignore_merges`) stay one token throughout.

    Args:
        tokenizer: a BPE.
        trace: a text stepped through it.
        points: how many vocabulary sizes, spread evenly on a logarithmic scale.

    Raises:
        ValueError: the tokenizer is not a BPE, or fewer than 2 points.
    """
    if not isinstance(tokenizer.model, BPEModel):
        raise InputError(
            "tokenizer must be a BPE, because the curve runs over its merges; got {kind}.",
            kind=tokenizer.kind,
        )
    if points < 2:
        raise InputError(
            "points must be at least 2; got {points}.",
            points=points,
        )
    merges = len(tokenizer.model.ranks)
    applied = sorted(
        (step.rank, step.places) for piece in trace.pieces for step in piece.steps.merges
    )
    saved = sum(places for _, places in applied)
    longest = len(trace.ids) + saved
    sizes = {0, merges, *(round((merges + 1) ** (i / (points - 1))) - 1 for i in range(points))}
    return tuple(
        LengthPoint(
            vocab_size=tokenizer.vocab_size - merges + size,
            tokens=longest - sum(places for rank, places in applied if rank < size),
            unknown=sum(trace.unknown),
        )
        for size in sorted(sizes)
    )
