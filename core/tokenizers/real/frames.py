"""The messages between the server and the process that runs a visitor's tokenizer.json.

A message is its length in 4 bytes, then a pickle. Pickles are read by an unpickler that knows the
result classes of this package and nothing else, so a process that a hostile file has taken over
can send wrong numbers but cannot make the server run anything.
"""

from __future__ import annotations

import io
import pickle
from typing import IO, Any

from core.errors import InputError, Sentence
from core.tokenizers.real.added import AddedToken
from core.tokenizers.real.pieces import PieceSteps
from core.tokenizers.real.tokenizer import RealPiece, RealTrace
from core.tokenizers.trained.history import SymbolHistory
from core.tokenizers.trained.ranked import RankedMerge
from core.tokenizers.unigram.encode import UnigramEncoding
from core.tokenizers.unigram.lattice import Edge, PrefixBest, UnigramLattice
from core.tokenizers.wordpiece import Attempt, WordPieceEncoding

MOST_BYTES = 24_000_000  # of one message: an upload of 20 MB, or the steps of a text
KNOWN = {
    (thing.__module__, thing.__qualname__): thing
    for thing in (
        AddedToken, Attempt, Edge, PieceSteps, PrefixBest, RankedMerge, RealPiece, RealTrace,
        SymbolHistory, UnigramEncoding, UnigramLattice, WordPieceEncoding,
    )
}  # fmt: skip


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return a class of `KNOWN`."""
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is not a class of a message")
        return KNOWN[module, name]


def write(stream: IO[bytes], message: object) -> None:
    """Write one message.

    Raises:
        ValueError: it is larger than `MOST_BYTES`.
    """
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    if len(data) > MOST_BYTES:
        raise InputError("The steps of this text take too much memory to show. Use a shorter text.")
    stream.write(len(data).to_bytes(4, "little"))
    stream.write(data)
    stream.flush()


def read(stream: IO[bytes]) -> Any:
    """Read one message.

    Raises:
        EOFError: the other process has ended.
        pickle.UnpicklingError: the message is too large or holds an unknown class.
    """
    size = int.from_bytes(_exactly(stream, 4), "little")
    if size > MOST_BYTES:
        raise pickle.UnpicklingError(f"a message of {size} bytes")
    return _Reader(io.BytesIO(_exactly(stream, size))).load()


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def packed(sentence: Sentence) -> tuple[str, dict[str, Any]]:
    """Return a sentence as plain values, fields that are sentences included."""
    return sentence.template, {
        name: packed(field)
        if isinstance(field, Sentence)
        else field
        if isinstance(field, (int, float))
        else str(field)
        for name, field in sentence.fields.items()
    }


def unpacked(values: tuple[str, dict[str, Any]]) -> Sentence:
    """Return the sentence of `packed`."""
    template, fields = values
    build = Sentence  # The catalog takes literal templates only; this one is a literal elsewhere.
    return build(
        template, **{k: unpacked(v) if isinstance(v, tuple) else v for k, v in fields.items()}
    )
