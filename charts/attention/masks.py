"""Masks beside the weights that they make, mistakes included; the masks of architectures."""

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
    """A part of a `CombinedMask` in words."""
    return {
        "causal": _("causal"),
        "prefix": _("prefix"),
        "window": _("window"),
        "padding": _("padding"),
    }[name]


def mask_lines(masks: CombinedMask, trace: AttentionTrace, words: Sequence[str]) -> list[Line]:
    """The parts, what is left when all must agree, and the weights.

    Args:
        masks: the parts and their combination, for one sentence.
        trace: attention under it, right or wrong; (1, 1, T, T).
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
    title = _("all of them") if parts else _("mask")
    both = mask_block(allowed, title, words)
    weights = weights_block(
        trace, allowed, _("weights"), columns=words, sums=True, looks=(words, words)
    )
    lines: list[Line] = [[both, _("softmax →"), weights]]
    return [*lines, parts] if parts else lines


def mask_block(
    allowed: Tensor, title: str, rows: Sequence[str] = (), columns: Sequence[str] = ()
) -> Block:
    """A mask: green may attend, hatched may not."""
    share = _("{n} of {all} cells").format(n=int(allowed.sum()), all=allowed.numel())
    values = torch.ones(allowed.shape)
    free, told = allowed.tolist(), (_("masked"), _("may attend"))
    return Block(
        values, title, share, scale="mask", masked=~allowed, rows=rows, columns=columns,
        hover=lambda r, c, _value: told[free[r][c]],
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
    looks: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Block:
    """The weights of a (1, 1, Tq, Tk) trace; a weight on a forbidden key stays in sight.

    Args:
        trace: right or wrong.
        allowed: (Tq, Tk) bool.
        title: the block's name.
        rows: words of the queries.
        columns: words of the keys.
        sums: whether each row's sum stands beside it.
        shape: the line under the name.
        looks: words of the queries and of the keys, for the hovers.
    """
    weights = trace.weights.reshape(trace.weights.shape[-2:])
    leaks = ~allowed & (weights > 0)
    ends = [_sum(total) for total in weights.sum(dim=1).tolist()] if sums else ()
    free, masked, leaked = allowed.tolist(), _("masked"), _("masked, and yet: ")

    def told(r: int, c: int, value: float) -> str:
        pair = f"<b>{escape(looks[0][r])} → {escape(looks[1][c])}</b><br>" if looks else ""
        number = "NaN" if math.isnan(value) else f"{value:.3f}"
        if free[r][c]:
            return pair + number
        return pair + (masked if value == 0 else leaked + number)

    return Block(
        weights, title, shape, scale="weight", masked=~allowed & ~leaks, leaks=leaks,
        rows=rows, columns=columns, ends=ends, marked=True,
        hover=told,
    )  # fmt: skip


def _sum(total: float) -> str:
    return "Σ NaN" if math.isnan(total) else f"Σ {total:.2f}"


def compare_lines(
    right: AttentionTrace, wrong: AttentionTrace, allowed: Tensor, names: tuple[str, str]
) -> list[Line]:
    """The right weights beside those of a mistake, with the sums of their rows."""
    first = weights_block(right, allowed, escape(names[0]), sums=True)
    second = weights_block(wrong, allowed, escape(names[1]), sums=True)
    return [[first, "", second]]


def architecture_lines(
    runs: Sequence[tuple[ArchitectureMasks, Sequence[tuple[str, AttentionTrace]]]],
    source: Sequence[str],
    target: Sequence[str],
) -> list[Line]:
    """The same sentence under each architecture.

    Args:
        runs: each architecture's masks and, by the name of the mask's field, the attention under
            it.
        source: words of the sentence.
        target: words of the decoder's text, for an encoder-decoder.
    """
    names = {
        "encoder": _("encoder"),
        "decoder": _("decoder"),
        "prefix": _("prefix decoder"),
    }
    inner = {
        "encoder_self": _("1. encoder, on itself"),
        "cross": _("3. decoder, on the encoder"),
        "decoder_self": _("2. decoder, on itself"),
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
                        looks=(source, source),
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
                    looks=(rows, columns),
                )
            )
    return [single, [_("encoder–decoder: one reads, the other writes")], double]
