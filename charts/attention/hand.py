"""Attention by hand: X → Q, K, V → scores → mask → softmax → output, with every calculation."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import partial

from torch import Tensor

from charts.attention.block import Block
from charts.attention.board import Line
from charts.attention.hand_view import (
    HandView,
    brief,
    factors,
    layer_of,
    pair,
    products,
    required,
    word,
)
from charts.i18n import _
from core.attention import explain_cell, kv_head_of_query

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


def hand_lines(view: HandView, stage: str) -> list[Line]:
    """Return the matrices of one stage, or of all stages, as lines for `board`."""
    B, H, T, d = view.sizes
    per_head = _shape(B, H, T, d)
    square = _shape(B, H, T, T)
    words = list(view.words)
    q, k, v = _qkv(view)
    # Made only by the stages that show them, because hover texts are most of the cost.
    queries, keys, values = (
        partial(_projected, view, name, matrix, per_head)
        for name, matrix in (("Q", q), ("K", k), ("V", v))
    )
    scores, masked, weights = (partial(make, view, square) for make in (_scores, _masked, _weights))
    mixed = partial(_mixed, view, per_head)
    if stage == "project":
        return [_projection_line(view, [queries(), keys(), values()])]
    if stage == "scores":
        transposed = Block(k.T, "Kᵀ", _shape(B, H, d, T), columns=words)
        scale = f"× {brief(view.trace.scale)} ="
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
    x = _with_words(_first_columns(_inputs(view)), rows=words)
    first: Line = [x, "→", queries(), keys(), values()]
    last: Line = [_with_words(_first_columns(_outputs(view)), rows=words)]
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


def _qkv(view: HandView) -> tuple[Tensor, Tensor, Tensor]:
    """Return queries, keys and values of the head shown, (T, d) each."""
    trace, b = view.trace, view.sentence
    kv = kv_head_of_query(trace.q.shape[1], trace.k.shape[1])[view.head]
    return trace.q[b, view.head], trace.k[b, kv], trace.v[b, kv]


def _head_columns(view: HandView, matrix: Tensor) -> Tensor:
    """Return the columns of a projection that belong to the head shown."""
    d = view.trace.q.shape[-1]
    return matrix[:, view.head * d : (view.head + 1) * d]


def _inputs(view: HandView) -> Block:
    B, _H, T, _d = view.sizes
    x = required(view.trace.x)[view.sentence]

    def hover_text(r: int, c: int, value: float) -> str:
        return f"x[{word(view, r)}, {c + 1}] = {brief(value)}"

    return Block(x, "X", _shape(B, T, x.shape[1]), hover=hover_text)


def _projected(view: HandView, name: str, values: Tensor, shape: str) -> Block:
    if view.projections is None:
        return Block(
            values,
            name,
            shape,
            hover=lambda r, c, v: f"{name}[{word(view, r)}, {c + 1}] = {brief(v)}",
        )
    rows = factors(required(view.trace.x)[view.sentence])
    columns = factors(_head_columns(view, getattr(view.projections, name.lower())).T)

    def hover_text(r: int, c: int, value: float) -> str:
        total = products(rows(r), columns(c))
        return f"<b>{name}[{word(view, r)}, {c + 1}]</b><br>x · W = {total} = {brief(value)}"

    return Block(values, name, shape, hover=hover_text)


def _projection_line(view: HandView, made: Sequence[Block]) -> Line:
    layer = layer_of(view)
    matrices = [
        Block(
            _head_columns(view, matrix),
            f"W<sub>{name}</sub>",
            _shape(len(matrix), view.sizes[3]),
        )
        for name, matrix in (("Q", layer.q), ("K", layer.k), ("V", layer.v))
    ]
    x = _with_words(_inputs(view), rows=view.words)
    return [x, "·", *matrices, "=", *made]


def _scores(view: HandView, shape: str) -> Block:
    values = view.trace.scores[view.sentence, view.head]
    q, k, _v = _qkv(view)
    queries, keys = factors(q), factors(k)

    def hover_text(r: int, c: int, _value: float) -> str:
        cell = explain_cell(view.trace, r, c, (view.sentence, view.head))
        total = products(queries(r), keys(c))
        return (
            f"<b>{pair(view, r, c)}</b><br>q · k = {total} = {brief(cell.dot)}"
            f"<br>× {brief(cell.scale)} = {brief(cell.score)}"
        )

    title = _("scores Q·Kᵀ/√d")
    return Block(values, title, shape, hover=hover_text)


def _masked_cells(view: HandView) -> Tensor:
    return view.trace.masked_scores[view.sentence, view.head] == -math.inf


def _masked(view: HandView, shape: str) -> Block:
    values = view.trace.masked_scores[view.sentence, view.head]

    def hover_text(r: int, c: int, value: float) -> str:
        state = _("masked: −∞") if value == -math.inf else _("allowed")
        return f"<b>{pair(view, r, c)}</b><br>{state}"

    return Block(values, _("masked"), shape, masked=_masked_cells(view), hover=hover_text)


def _weights(view: HandView, shape: str) -> Block:
    values = view.trace.weights[view.sentence, view.head]

    def hover_text(r: int, c: int, _value: float) -> str:
        cell = explain_cell(view.trace, r, c, (view.sentence, view.head))
        if cell.masked_score == -math.inf:
            return f"<b>{pair(view, r, c)}</b><br>" + _("masked: −∞")
        # e^(score − largest score), divided by the sum of these over the row
        most = brief(cell.row_max) if cell.row_max >= 0 else f"({brief(cell.row_max)})"
        return (
            f"<b>{pair(view, r, c)}</b><br>"
            f"e^({brief(cell.masked_score)} − {most}) = {brief(cell.exponential)}"
            f"<br>÷ {brief(cell.row_sum)} = {cell.weight:.3f}"
        )

    return Block(
        values, _("weights"), shape, scale="weight", masked=_masked_cells(view),
        hover=hover_text, marked=True,
    )  # fmt: skip


def _mixed(view: HandView, shape: str) -> Block:
    trace = view.trace
    weights = trace.weights[view.sentence, view.head]
    _q, _k, v = _qkv(view)
    mixed = trace.output if trace.head_output is None else trace.head_output
    rows, columns = factors(weights), factors(v.T)
    off = trace.heads_on is not None and not bool(trace.heads_on[view.head])

    def hover_text(r: int, c: int, value: float) -> str:
        if off:
            return _("this head is switched off")
        total = products(rows(r), columns(c))
        return f"<b>{word(view, r)}, {c + 1}</b><br>{total} = {brief(value)}"

    values = mixed[view.sentence, view.head]

    title = _("output") if view.projections is None else _("head {n}").format(n=view.head + 1)
    return Block(values, title, shape, hover=hover_text)


def _outputs(view: HandView) -> Block:
    B, _H, T, _d = view.sizes
    values = view.trace.output[view.sentence]
    rows = factors(required(view.trace.merged)[view.sentence])
    columns = factors(layer_of(view).out.T)

    def hover_text(r: int, c: int, value: float) -> str:
        total = products(rows(r), columns(c))
        return f"<b>{word(view, r)}, {c + 1}</b><br>{total} = {brief(value)}"

    return Block(values, _("output"), _shape(B, T, values.shape[1]), hover=hover_text)


def _output_line(view: HandView) -> Line:
    B, H, T, d = view.sizes
    merged = required(view.trace.merged)[view.sentence]
    matrix = layer_of(view).out
    heads = Block(
        merged, _("heads side by side"), f"[{B},{T},{H}·{d}]", rows=view.words,
        hover=lambda r, c, v: f"{word(view, r)}: {brief(v)}<br>"
                              + _("head {n}").format(n=c // d + 1),
    )  # fmt: skip
    own = Block(matrix, "W<sub>O</sub>", _shape(H * d, matrix.shape[1]))
    return [heads, "·", _first_columns(own), "=", _first_columns(_outputs(view))]


def _shape(*sizes: int) -> str:
    return "[" + ",".join(map(str, sizes)) + "]"


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
    ends = [f"Σ {total:.2f}" for total in block.values.sum(dim=1).tolist()]
    return dataclasses.replace(block, ends=ends)
