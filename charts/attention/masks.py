"""Masks beside the weights that they give, mistakes included; the masks of architectures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from charts.attention.block import Block
from charts.attention.board import Line
from charts.i18n import _
from charts.theme import escape
from core.attention import ArchitectureMasks, AttentionTrace, CombinedMask


def part_name(name: str) -> str:
    """Return the name of a part of a `CombinedMask`."""
    return {
        "causal": _("causal"),
        "prefix": _("prefix"),
        "window": _("window"),
        "padding": _("padding"),
    }[name]


def mask_lines(masks: CombinedMask, trace: AttentionTrace, words: Sequence[str]) -> list[Line]:
    """Return the combined mask, the weights and the single masks, as lines for `board`.

    Args:
        masks: The parts and their combination, for one sentence.
        trace: Attention under the mask, correct or not; (1, 1, T, T).
        words: T words.
    """
    T = len(words)
    allowed = masks.combined[0, 0]
    parts: list[Block | str] = []
    if len(masks.parts) > 1:
        for name, part in masks.parts.items():
            square = part.expand(1, 1, T, T)[0, 0]
            block = mask_block(square, part_name(name), words if not parts else ())
            parts += ["&", block] if parts else [block]
    title = _("combined mask") if parts else _("mask")
    both = mask_block(allowed, title, words)
    weights = weights_block(
        trace, allowed, _("weights"), columns=words, sums=True, pairs=(words, words)
    )
    lines: list[Line] = [[both, _("softmax →"), weights]]
    return [*lines, parts] if parts else lines


def mask_block(
    allowed: Tensor, title: str, rows: Sequence[str] = (), columns: Sequence[str] = ()
) -> Block:
    """Return a mask as a block: allowed cells are green, masked ones hatched."""
    share = _("{n} of {all} cells").format(n=int(allowed.sum()), all=allowed.numel())
    values = torch.ones(allowed.shape)
    cells, names = allowed.tolist(), (_("masked"), _("allowed"))
    return Block(
        values, title, share, scale="mask", masked=~allowed, rows=rows, columns=columns,
        hover=lambda r, c, _value: names[cells[r][c]],
    )  # fmt: skip


def weights_block(
    trace: AttentionTrace,
    allowed: Tensor,
    title: str,
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    sums: bool = False,
    shape: str = "",
    pairs: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Block:
    """Return the weights of a (1, 1, Tq, Tk) trace as a block; weights on masked keys stay visible.

    Args:
        trace: Attention, correct or not.
        allowed: (Tq, Tk) bool.
        title: Name of the block.
        rows: Words of the queries.
        columns: Words of the keys.
        sums: Whether the sum of each row is shown beside it.
        shape: The line under the name.
        pairs: Words of the queries and of the keys, for the hover texts.
    """
    weights = trace.weights.reshape(trace.weights.shape[-2:])
    leaks = ~allowed & (weights > 0)
    ends = [_sum(total) for total in weights.sum(dim=1).tolist()] if sums else ()
    cells, masked, leaked = allowed.tolist(), _("masked"), _("masked, but weight ")

    def hover_text(r: int, c: int, value: float) -> str:
        pair = f"<b>{escape(pairs[0][r])} → {escape(pairs[1][c])}</b><br>" if pairs else ""
        number = "NaN" if math.isnan(value) else f"{value:.3f}"
        if cells[r][c]:
            return pair + number
        return pair + (masked if value == 0 else leaked + number)

    return Block(
        weights, title, shape, scale="weight", masked=~allowed & ~leaks, leaks=leaks,
        rows=rows, columns=columns, ends=ends, marked=True,
        hover=hover_text,
    )  # fmt: skip


def _sum(total: float) -> str:
    return "Σ NaN" if math.isnan(total) else f"Σ {total:.2f}"


def compare_lines(
    correct: AttentionTrace, wrong: AttentionTrace, allowed: Tensor, names: tuple[str, str]
) -> list[Line]:
    """Return the correct weights beside those of a mistake, with their row sums."""
    first = weights_block(correct, allowed, escape(names[0]), sums=True)
    second = weights_block(wrong, allowed, escape(names[1]), sums=True)
    return [[first, "", second]]


def architecture_lines(
    runs: Sequence[tuple[ArchitectureMasks, Sequence[tuple[str, AttentionTrace]]]],
    source: Sequence[str],
    target: Sequence[str],
) -> list[Line]:
    """Return one sentence's attention under each architecture, as lines for `board`.

    Args:
        runs: Each architecture's masks, and the attention under each mask by the name of its
            field.
        source: Words of the sentence.
        target: Words of the decoder's text in an encoder-decoder.
    """
    names = {
        "encoder": _("encoder"),
        "decoder": _("decoder"),
        "prefix": _("prefix decoder"),
    }
    inner = {
        "encoder_self": _("encoder self-attention"),
        "cross": _("cross-attention"),
        "decoder_self": _("decoder self-attention"),
    }
    single: list[Block | str] = []
    double: list[Block | str] = []
    for masks, traces in runs:
        for field, trace in traces:
            allowed = getattr(masks, field)
            shape = _("{n} of {all} cells").format(n=int(allowed.sum()), all=allowed.numel())
            if masks.name != "encoder-decoder":
                rows = source if not single else ()
                single.append(
                    weights_block(
                        trace,
                        allowed,
                        names[masks.name],
                        rows=rows,
                        columns=source,
                        shape=shape,
                        pairs=(source, source),
                    )
                )
                continue
            rows = source if field == "encoder_self" else target
            columns = target if field == "decoder_self" else source
            double.append(
                weights_block(
                    trace,
                    allowed,
                    inner[field],
                    rows=rows,
                    columns=columns,
                    shape=shape,
                    pairs=(rows, columns),
                )
            )
    return [
        single,
        [_("encoder–decoder: the encoder reads the source, the decoder writes the target")],
        double,
    ]
