"""Attention by hand: X → Q, K, V → scores → mask → softmax → output, with every calculation."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial

from charts.attention import hand_blocks as make
from charts.attention.arithmetic import brief
from charts.attention.block import Block, sum_text
from charts.attention.board import Line
from charts.attention.hand_view import HandView, layer_of, required, word
from charts.format import number
from charts.i18n import _

_MOST_NUMBERED = 90  # cells; with more, only the scores and weights show numbers
_MOST_COLUMNS = 12  # shown of X, W_O and the output, to leave room for the other matrices


def stages(view: HandView) -> list[str]:
    """Return the names of the stages, in the stepper's order."""
    names = {
        "all": _("all stages"),
        "project": _("X → Q, K, V"),
        "scores": _("scores"),
        "mask": _("mask"),
        "softmax": _("softmax"),
        "mix": _("weights · V"),
        "output": _("heads → output"),
    }
    return [names[name] for name in stage_keys(view.projections is not None)]


def stage_keys(projected: bool) -> list[str]:
    """Return the keys of the stages; without a layer there are no projections."""
    keys = ["all", "project", "scores", "mask", "softmax", "mix", "output"]
    return keys if projected else [key for key in keys if key not in ("project", "output")]


def hand_lines(view: HandView, stage: str, cell: tuple[int, int] | None = None) -> list[Line]:
    """Return the matrices of one stage, or of all stages, as lines for `board`.

    Args:
        view: The sentence and the head.
        stage: One of `stage_keys`.
        cell: Query and key that are outlined in the scores and the weights.
    """
    B, H, T, d = view.sizes
    per_head = make.shape(B, H, T, d)
    square = make.shape(B, H, T, T)
    words = list(view.words)
    q, k, v = make.qkv(view)
    # Made only by the stages that show them, because hover texts are most of the cost.
    queries, keys, values = (
        partial(make.projected, view, name, matrix, per_head)
        for name, matrix in (("Q", q), ("K", k), ("V", v))
    )
    scores, masked, weights = (
        partial(block, view, square, cell) for block in (make.scores, make.masked, make.weights)
    )
    mixed = partial(make.mixed, view, per_head)
    if stage == "project":
        return [_projection_line(view, [queries(), keys(), values()])]
    if stage == "scores":
        transposed = make.plain(Block(k.T, "Kᵀ", make.shape(B, H, d, T), columns=words, name="kt"))
        scale = f"× {number(view.trace.scale)} ="
        left = _with_words(queries(), rows=words)
        return [[left, "·", transposed, scale, _with_words(scores(), columns=words)]]
    if stage == "mask":
        left = _with_words(scores(), rows=words, columns=words)
        return [[left, _("mask →"), _with_words(masked(), columns=words)]]
    if stage == "softmax":
        left = _with_words(masked(), rows=words, columns=words)
        return [[left, _("softmax →"), _with_sums(_with_words(weights(), columns=words))]]
    if stage == "mix":
        left = _with_words(weights(), rows=words, columns=words)
        return [[left, "·", _with_words(values(), rows=words), "=", mixed()]]
    if stage == "output":
        return [_output_line(view)]
    score_block, weight_block = _with_words(scores(), rows=words), weights()
    chain: Line = [score_block, "→", masked(), "→", weight_block, _("· V ="), mixed()]
    if view.projections is None:
        return [[_with_words(queries(), rows=words), keys(), values()], chain]
    x = _with_words(_first_columns(make.inputs(view)), rows=words)
    first: Line = [x, "→", queries(), keys(), values()]
    last: Line = [_with_words(_first_columns(make.outputs(view)), rows=words)]
    return _number_only([first, chain, last], {score_block.title, weight_block.title})


def _number_only(lines: Sequence[Line], titles: set[str]) -> list[Line]:
    """Leave numbers in a few matrices only if there are many cells: each takes 0.1 ms to paint."""
    blocks = [item for line in lines for item in line if isinstance(item, Block)]
    if sum(block.values.numel() for block in blocks) <= _MOST_NUMBERED:
        return list(lines)
    return [
        [
            dataclasses.replace(item, numbers=item.title in titles)
            if isinstance(item, Block)
            else item
            for item in line
        ]
        for line in lines
    ]


def _projection_line(view: HandView, made: Sequence[Block]) -> Line:
    layer = layer_of(view)
    matrices = [
        make.plain(
            Block(
                make.head_columns(view, matrix),
                f"W<sub>{name}</sub>",
                make.shape(len(matrix), view.sizes[3]),
                name=f"w{name.lower()}",
            )
        )
        for name, matrix in (("Q", layer.q), ("K", layer.k), ("V", layer.v))
    ]
    x = _with_words(make.inputs(view), rows=view.words)
    return [x, "·", *matrices, "=", *made]


def _output_line(view: HandView) -> Line:
    B, H, T, d = view.sizes
    merged = required(view.trace.merged)[view.sentence]
    matrix = layer_of(view).out
    heads = Block(
        merged, _("heads side by side"), f"[{B},{T},{H}·{d}]", rows=view.words,
        hover=lambda r, c, v: f"<b>{word(view, r)}</b><br>{brief(v)} ("
                              + _("head {n}").format(n=f"H{c // d}") + ")",
        name="merged",
    )  # fmt: skip
    own = make.plain(Block(matrix, "W<sub>O</sub>", make.shape(H * d, matrix.shape[1]), name="wo"))
    return [heads, "·", _first_columns(own), "=", _first_columns(make.outputs(view))]


def _first_columns(block: Block) -> Block:
    """Cut a wide matrix to its first columns and say so under its name."""
    if block.values.shape[1] <= _MOST_COLUMNS:
        return block
    shape = _("{shape}, {n} of {all} columns").format(
        shape=block.shape, n=_MOST_COLUMNS, all=block.values.shape[1]
    )
    return dataclasses.replace(block, values=block.values[:, :_MOST_COLUMNS], shape=shape)


def _with_words(block: Block, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> Block:
    return dataclasses.replace(block, rows=rows, columns=columns)


def _with_sums(block: Block) -> Block:
    ends = [f"Σ {sum_text(total)}" for total in block.values.sum(dim=1).tolist()]
    return dataclasses.replace(block, ends=ends)
