"""Boolean attention masks, True = may attend; combine them with `&`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.checks import boolean, choice, integer, token_ids
from core.errors import InputError

PADDING_SIDES = ("right", "left")


def causal_mask(length: int, queries: int | None = None) -> Tensor:
    """Return the mask under which a token attends to itself and to earlier tokens.

    Args:
        length: number of keys T.
        queries: number of query rows, the last ones of the text; None means all T. A cached
            decoding step asks for 1.

    Returns:
        (queries, T) bool.

    Example:
        >>> causal_mask(3).int().tolist()
        [[1, 0, 0], [1, 1, 0], [1, 1, 1]]

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3.
    """
    length = integer("length", length, 1)
    queries = length if queries is None else integer("queries", queries, 1, length)
    row = torch.arange(length - queries, length).unsqueeze(1)
    return torch.arange(length) <= row


def prefix_mask(length: int, prefix: int) -> Tensor:
    """Return the prefix language model's mask: the prefix attends to itself, the rest is causal.

    Args:
        length: number of tokens T.
        prefix: how many of the first tokens form the prefix; 0 is the causal mask.

    Returns:
        (T, T) bool.

    Example:
        >>> prefix_mask(3, 2).int().tolist()
        [[1, 1, 0], [1, 1, 0], [1, 1, 1]]

    Source: Raffel et al. 2020 (T5), arXiv:1910.10683, section 3.2.1.
    """
    length = integer("length", length, 1)
    prefix = integer("prefix", prefix, 0, length)
    return causal_mask(length) | (torch.arange(length) < prefix)


def sliding_window_mask(length: int, window: int, causal: bool = True) -> Tensor:
    """Return the mask under which a token attends to the last `window` tokens, itself included.

    Args:
        length: number of tokens T.
        window: how many tokens a row attends to, itself included, at least 1.
        causal: False also opens the `window` - 1 tokens to the right (Longformer's encoder).

    Returns:
        (T, T) bool.

    Example:
        >>> sliding_window_mask(4, 2).int().tolist()
        [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]

    Source: Jiang et al. 2023 (Mistral 7B), arXiv:2310.06825, section 2;
    Beltagy et al. 2020 (Longformer), arXiv:2004.05150, section 3.1.
    """
    length = integer("length", length, 1)
    window = integer("window", window, 1)
    places = torch.arange(length)
    behind = places.unsqueeze(1) - places
    return (behind < window) & ((behind >= 0) if causal else (behind > -window))


def padding_mask(lengths: Tensor | Sequence[int], length: int, side: str = "right") -> Tensor:
    """Return the mask that hides the padding of every sentence in a batch.

    Args:
        lengths: (B,) real tokens of each sentence, 0 to `length`.
        length: number of tokens T after padding.
        side: where the padding sits, "right" or "left".

    Returns:
        (B, 1, 1, T) bool, ready to broadcast over heads and queries.

    Example:
        >>> padding_mask([1, 3], 3)[:, 0, 0].int().tolist()
        [[1, 0, 0], [1, 1, 1]]
        >>> padding_mask([1, 3], 3, side="left")[:, 0, 0].int().tolist()
        [[0, 0, 1], [1, 1, 1]]
    """
    length = integer("length", length, 1)
    choice("side", side, PADDING_SIDES)
    real = token_ids("lengths", lengths)
    if int(real.max()) > length:
        raise InputError(
            "lengths must be at most length={length}; got {got}. Raise length.",
            length=length,
            got=int(real.max()),
        )
    place = torch.arange(length, device=real.device)
    keep = place < real[:, None] if side == "right" else place >= length - real[:, None]
    return keep[:, None, None, :]


def check_mask(mask: Tensor, scores_shape: torch.Size) -> Tensor:
    """Return a boolean mask that broadcasts to the scores, or say which shape would."""
    mask = boolean("mask", mask)
    fits = mask.ndim <= len(scores_shape) and all(
        have in (1, want) for have, want in zip(mask.shape[::-1], scores_shape[::-1], strict=False)
    )
    if not fits:
        raise InputError(
            "mask must broadcast to the scores' shape {expected}; got {got}.",
            expected=tuple(scores_shape),
            got=tuple(mask.shape),
        )
    return mask
