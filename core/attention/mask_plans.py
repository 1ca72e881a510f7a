"""Masks by description: several combined for a batch, and the sets that architectures use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.attention.masks import (
    PADDING_SIDES,
    causal_mask,
    padding_mask,
    prefix_mask,
    sliding_window_mask,
)
from core.checks import choice, integer

ARCHITECTURES = ("encoder", "decoder", "prefix", "encoder-decoder")


@dataclass(frozen=True, slots=True)
class MaskPlan:
    """Which masks to combine; a field left at its default takes no part.

    Args:
        causal: no token attends to later tokens.
        prefix: the first tokens attend to each other, the rest is causal. None: no prefix mask.
            With `causal`, the causal mask wins, since a cell must be allowed by every mask.
        window: how many tokens a row attends to, itself included. None: no window.
        window_causal: False extends the window to the right as far as to the left.
        lengths: real tokens of each sentence. None: no padding.
        side: where the padding sits, "right" or "left".
    """

    causal: bool = False
    prefix: int | None = None
    window: int | None = None
    window_causal: bool = True
    lengths: Sequence[int] | None = None
    side: str = "right"

    def __post_init__(self) -> None:
        """Refuse a side that is not one, even where no lengths make use of it."""
        choice("side", self.side, PADDING_SIDES)


@dataclass(frozen=True, slots=True)
class CombinedMask:
    """The masks of a plan: each part by name as it broadcasts, and all of them at once."""

    parts: dict[str, Tensor]  # (T, T), or (B, 1, 1, T) for "padding"
    combined: Tensor  # (B, 1, T, T) bool; B = 1 without padding
    fully_masked_rows: Tensor  # (B, T) bool: queries that may attend to nothing
    allowed_share: float  # cells that may be attended to, out of all


def combine_masks(plan: MaskPlan, length: int) -> CombinedMask:
    """Build every mask of a plan and `&` them.

    Args:
        plan: which masks.
        length: number of tokens T.

    Returns:
        The parts and the combination; an empty plan allows everything.

    Example:
        >>> c = combine_masks(MaskPlan(causal=True, lengths=[2], side="left"), 3)
        >>> c.combined[0, 0].int().tolist()
        [[0, 0, 0], [0, 1, 0], [0, 1, 1]]
        >>> c.fully_masked_rows.tolist()
        [[True, False, False]]
    """
    length = integer("length", length, 1)
    parts: dict[str, Tensor] = {}
    if plan.causal:
        parts["causal"] = causal_mask(length)
    if plan.prefix is not None:
        parts["prefix"] = prefix_mask(length, plan.prefix)
    if plan.window is not None:
        parts["window"] = sliding_window_mask(length, plan.window, plan.window_causal)
    if plan.lengths is not None:
        parts["padding"] = padding_mask(plan.lengths, length, plan.side)
    combined = torch.ones(1, 1, length, length, dtype=torch.bool)
    for part in parts.values():
        combined = combined & part
    return CombinedMask(
        parts=parts,
        combined=combined,
        fully_masked_rows=~combined.any(dim=-1)[:, 0],
        allowed_share=float(combined.double().mean()),
    )


@dataclass(frozen=True, slots=True)
class ArchitectureMasks:
    """The masks one architecture uses; a field is None where it has no such attention."""

    name: str
    encoder_self: Tensor | None  # (S, S): source tokens over source tokens
    decoder_self: Tensor | None  # (T, T): target tokens over target tokens
    cross: Tensor | None  # (T, S): target tokens over source tokens


def architecture_masks(
    name: str, target_length: int, source_length: int = 0, prefix: int = 0
) -> ArchitectureMasks:
    """Return the masks of an encoder, a decoder, a prefix decoder or an encoder-decoder.

    Args:
        name: "encoder", "decoder", "prefix" or "encoder-decoder".
        target_length: tokens of the text (for an encoder-decoder: of the decoder's text).
        source_length: tokens that the encoder of an encoder-decoder reads, at least 1 there.
        prefix: tokens of the prefix, for "prefix" only.

    Returns:
        Boolean masks. Cross-attention hides nothing: all of the source is known.

    Raises:
        ValueError: for an unknown name or a length out of range.

    Example:
        >>> architecture_masks("encoder-decoder", 2, source_length=3).cross.shape
        torch.Size([2, 3])

    Source: Raffel et al. 2020 (T5), arXiv:1910.10683, figures 3 and 4.
    """
    choice("name", name, ARCHITECTURES)
    length = integer("target_length", target_length, 1)
    if name == "encoder":
        full = torch.ones(length, length, dtype=torch.bool)
        return ArchitectureMasks(name, encoder_self=full, decoder_self=None, cross=None)
    if name == "encoder-decoder":
        source = integer("source_length", source_length, 1)
        return ArchitectureMasks(
            name,
            encoder_self=torch.ones(source, source, dtype=torch.bool),
            decoder_self=causal_mask(length),
            cross=torch.ones(length, source, dtype=torch.bool),
        )
    own = causal_mask(length) if name == "decoder" else prefix_mask(length, prefix)
    return ArchitectureMasks(name, encoder_self=None, decoder_self=own, cross=None)
