"""One sentence under the masks of the four architectures, and what a changed token invalidates."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core.attention import ARCHITECTURES, architecture_masks
from core.checks import choice, integer


@dataclass(frozen=True, slots=True)
class SentenceMask:
    """One sentence of T tokens under one architecture.

    Attributes:
        name: One of `ARCHITECTURES`.
        prefix: Tokens of the prefix, or of the source of an encoder-decoder; 0 elsewhere.
        allowed: (T, T) bool; query row i attends to key column j.
        changed: Index of the token that is new or has changed.
        invalid: (T,) bool; tokens whose states must be computed again after that change.
    """

    name: str
    prefix: int
    allowed: Tensor
    changed: int
    invalid: Tensor

    @property
    def attends_to(self) -> int:
        """Return how many tokens the changed token attends to, itself included."""
        return int(self.allowed[self.changed].sum())

    @property
    def recomputed(self) -> int:
        """Return how many tokens' states must be computed again."""
        return int(self.invalid.sum())


def sentence_mask(name: str, length: int, prefix: int, changed: int) -> SentenceMask:
    """Return the mask of one architecture over a sentence, and what a changed token invalidates.

    The first `prefix` tokens are the prefix of a prefix decoder and the source of an
    encoder-decoder, whose other tokens are the target: a target token attends to the whole source
    (cross-attention) and to the target up to itself. A token's state depends on another token if
    attention leads there through any number of layers.

    Args:
        name: one of `ARCHITECTURES`.
        length: tokens T, at least 2.
        prefix: 1 to T - 1; not used by an encoder or a decoder.
        changed: index of the token that is new or has changed, 0 to T - 1.

    Raises:
        ValueError: for an unknown name or a number out of range.

    Example:
        >>> sentence_mask("decoder", 4, 2, changed=3).invalid.int().tolist()
        [0, 0, 0, 1]
        >>> sentence_mask("encoder", 4, 2, changed=3).recomputed
        4

    Source: Raffel et al. 2020 (T5), arXiv:1910.10683, figures 3 and 4.
    """
    choice("name", name, ARCHITECTURES)
    length = integer("length", length, 2)
    prefix = integer("prefix", prefix, 1, length - 1)
    changed = integer("changed", changed, 0, length - 1)
    if name == "encoder-decoder":
        parts = architecture_masks(name, length - prefix, source_length=prefix)
        allowed = torch.zeros(length, length, dtype=torch.bool)
        allowed[:prefix, :prefix] = _given(parts.encoder_self)
        allowed[prefix:, :prefix] = _given(parts.cross)
        allowed[prefix:, prefix:] = _given(parts.decoder_self)
    else:
        masks = architecture_masks(name, length, prefix=prefix if name == "prefix" else 0)
        allowed = _given(masks.encoder_self if name == "encoder" else masks.decoder_self)
    used = prefix if name in ("prefix", "encoder-decoder") else 0
    return SentenceMask(name, used, allowed, changed, _reaches(allowed)[:, changed])


def _given(mask: Tensor | None) -> Tensor:
    assert mask is not None, "every architecture has the masks that are read here"
    return mask


def _reaches(allowed: Tensor) -> Tensor:
    """Return (T, T) bool: row i depends on column j through any number of layers."""
    reach = allowed | torch.eye(len(allowed), dtype=torch.bool)
    while True:
        further = (reach.float() @ reach.float()) > 0
        if torch.equal(further, reach):
            return reach
        reach = further
