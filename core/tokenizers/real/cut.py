"""Cut a text as a tokenizer.json says: added tokens, normalizing, pre-tokenizing.

The library's own stages run on the library's own string type, which remembers where in the original
text each character came from.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from tokenizers import NormalizedString, PreTokenizedString, Tokenizer

from core.errors import InputError, Sentence
from core.plain_checks import short
from core.tokenizers.real.added import AddedMatch, AddedToken, find_added


def cut_text(
    text: str, library: Tokenizer, added: Sequence[AddedToken]
) -> tuple[str, list[tuple[str, int, int, AddedToken | None]]]:
    """Split off added tokens, normalize, split off the normalized ones, cut into pieces."""
    work = PreTokenizedString(text)
    owners = _split_added(work, [t for t in added if not t.normalized], [None])
    if library.normalizer is not None:
        normalize = library.normalizer.normalize
        order = iter(owners)
        work.normalize(lambda part: normalize(part) if next(order) is None else None)
    owners = _split_added(work, [t for t in added if t.normalized], owners)
    stage = work.get_splits("original", "char")
    normalized = "".join(part for part, _, _ in stage)
    whole = [
        (part, *span, owner)
        for (part, span, _), owner in zip(stage, owners, strict=True)
        if owner is not None
    ]
    if library.pre_tokenizer is not None:
        library.pre_tokenizer.pre_tokenize(work)
    cuts: list[tuple[str, int, int, AddedToken | None]] = []
    place = 0
    for part, (start, stop), _ in work.get_splits("original", "char"):
        while place < len(whole) and start >= whole[place][2]:
            cuts.append(whole[place])
            place += 1
        # The pre-tokenizer has cut the added tokens too; those fragments are passed over.
        inside = place < len(whole) and whole[place][1] <= start < stop <= whole[place][2]
        if not inside:
            cuts.append((part, start, stop, None))
    return normalized, [*cuts, *whole[place:]]


@contextmanager
def library_errors(action: Sentence) -> Generator[None]:
    """Turn whatever the `tokenizers` library throws, its Rust panics included, into a sentence."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        raise InputError(
            "The tokenizers library could not {action}; it says {message}. Use another "
            "tokenizer.json.",
            action=action,
            message=short(str(error)),
        ) from error


def _split_added(
    work: PreTokenizedString,
    tokens: Sequence[AddedToken],
    owners: Sequence[AddedToken | None],
) -> list[AddedToken | None]:
    """Cut added tokens out of the splits that have no owner; returns the owner of each split."""
    result: list[AddedToken | None] = []

    def cut(index: int, part: NormalizedString) -> list[NormalizedString]:
        owner = owners[index] if index < len(owners) else None
        text = part.normalized
        matches: list[AddedMatch] = [] if owner is not None else find_added(text, tokens)
        kept: list[NormalizedString] = []
        cursor = 0
        for match in (*matches, None):
            stop = len(text) if match is None else match.start
            if cursor < stop:
                kept.append(_slice(part, cursor, stop))
                result.append(owner)
            if match is not None:
                kept.append(_slice(part, match.start, match.stop))
                result.append(match.token)
                cursor = match.stop
        return kept

    work.split(cut)
    return result


def _slice(part: NormalizedString, start: int, stop: int) -> NormalizedString:
    piece = part.slice((start, stop))
    if piece is None:
        raise RuntimeError(f"no characters {start} to {stop} in a piece of the text")
    return piece
