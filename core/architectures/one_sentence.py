"""One sentence under the masks of the four architectures, and what a changed token invalidates."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from core.architectures.reuse import visibility
from core.attention import ARCHITECTURES
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
    (cross-attention) and to the target up to itself. A token's state depends on the tokens that it
    attends to, in any number of layers: see `visibility`.

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
    allowed = visibility(name, length, prefix)
    used = prefix if name in ("prefix", "encoder-decoder") else 0
    return SentenceMask(name, used, allowed, changed, allowed[:, changed])
