"""Masks beside the weights that they give, mistakes included; the masks of architectures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.attention.arithmetic import arithmetic
from charts.attention.block import Block, sum_text, weight_text
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


def mask_lines(
    masks: CombinedMask,
    trace: AttentionTrace,
    words: Sequence[str],
    cell: tuple[int, int] | None = None,
) -> list[Line]:
    """Return the combined mask, the weights and the single masks, as lines for `board`.

    Args:
        masks: The parts and their combination, for one sentence.
        trace: Attention under the mask, correct or not; (1, 1, T, T).
        words: T words.
        cell: Query and key that are outlined in the weights.
    """
    T = len(words)
    allowed = masks.combined[0, 0]
    parts: list[Block | str] = []
    if len(masks.parts) > 1:
        for name, part in masks.parts.items():
            square = part.expand(1, 1, T, T)[0, 0]
            block = mask_block(square, part_name(name), words if not parts else (), name=name)
            parts += ["&", block] if parts else [block]
    title = _("combined mask") if parts else _("mask")
    both = mask_block(allowed, title, words, name="mask")
    weights = weights_block(
        trace, allowed, _("weights"), columns=words, sums=True, pairs=(words, words), cell=cell
    )
    lines: list[Line] = [[both, _("softmax →"), weights]]
    return [*lines, parts] if parts else lines


def mask_block(
    allowed: Tensor,
    title: str,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    name: str = "",
) -> Block:
    """Return a mask as a block: allowed cells are green, masked ones hatched."""
    share = _("{n} of {all} cells").format(n=int(allowed.sum()), all=allowed.numel())
    values = torch.ones(allowed.shape)
    cells, names = allowed.tolist(), (_("masked"), _("allowed"))
    return Block(
        values, title, share, scale="mask", masked=~allowed, rows=rows, columns=columns,
        hover=lambda r, c, _value: names[cells[r][c]], name=name,
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
    name: str = "weights",
    cell: tuple[int, int] | None = None,
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
        name: Name in a link to one of its cells.
        cell: Query and key that are outlined.
    """
    weights = trace.weights.reshape(trace.weights.shape[-2:])
    leaks, broken = ~allowed & (weights > 0), weights.isnan()
    index = (0,) * (trace.weights.ndim - 2)
    ends = [f"Σ {sum_text(total)}" for total in weights.sum(dim=1).tolist()] if sums else ()
    cells, masked, leaked = allowed.tolist(), _("masked"), _("masked, but weight ")

    def hover_text(r: int, c: int, value: float) -> str:
        pair = f"<b>{escape(pairs[0][r])} → {escape(pairs[1][c])}</b><br>" if pairs else ""
        if not cells[r][c]:
            pair += (masked if value == 0 else leaked + weight_text(value)) + "<br>"
        return pair + "<br>".join(map(escape, arithmetic(trace, r, c, index)))

    return Block(
        weights, title, shape, scale="weight", masked=~allowed & ~leaks & ~broken, leaks=leaks,
        broken=broken, rows=rows, columns=columns, ends=ends, marked=True, hover=hover_text,
        name=name, cell=cell,
    )  # fmt: skip


def compare_lines(
    correct: AttentionTrace, wrong: AttentionTrace, allowed: Tensor, names: tuple[str, str]
) -> list[Line]:
    """Return the correct weights beside those of a mistake, with their row sums."""
    first = weights_block(correct, allowed, escape(names[0]), sums=True, name="correct")
    second = weights_block(wrong, allowed, escape(names[1]), sums=True, name="wrong")
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
                        name=masks.name,
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
                    name=field,
                )
            )
    return [
        single,
        [_("encoder–decoder: the encoder reads the source, the decoder writes the target")],
        double,
    ]
