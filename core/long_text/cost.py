"""What attention costs on a long text: pairs of tokens, and bytes of the KV cache."""

from __future__ import annotations

from core.errors import InputError
from core.plain_checks import integer


def attention_pairs(length: int, window: int | None = None, chunk: int | None = None) -> int:
    """Return the number of (query, key) pairs for which attention computes a score.

    Args:
        length: Tokens of the text, at least 0.
        window: Every token attends to itself and the `window` − 1 tokens before it.
        chunk: Every token attends to itself and the tokens before it in its own chunk of `chunk`
            tokens. With neither, every token attends to itself and all tokens before it.

    Raises:
        InputError: A number is too small, or both `window` and `chunk` are given.

    Example:
        >>> attention_pairs(4), attention_pairs(4, window=2), attention_pairs(4, chunk=2)
        (10, 7, 6)
    """
    integer("length", length, 0)
    if window is not None and chunk is not None:
        raise InputError("window and chunk exclude each other; give one of them.")
    if window is not None:
        full = min(integer("window", window, 1), length)
        return _triangle(full) + (length - full) * full
    if chunk is not None:
        chunks, rest = divmod(length, integer("chunk", chunk, 1))
        return chunks * _triangle(chunk) + _triangle(rest)
    return _triangle(length)


def tokens_in_cache(length: int, window: int | None = None, chunk: int | None = None) -> int:
    """Return the most tokens whose keys and values are needed at once; arguments as above."""
    integer("length", length, 0)
    return min(length, *(n for n in (window, chunk) if n is not None), length)


def _triangle(n: int) -> int:
    return n * (n + 1) // 2
