"""The matrices of attention by hand, each cell with its calculation."""

from __future__ import annotations

import dataclasses
import math

from torch import Tensor

from charts.attention.arithmetic import arithmetic, brief, factors, joined
from charts.attention.block import Block
from charts.attention.hand_view import HandView, layer_of, pair, required, word
from charts.format import number
from charts.i18n import _
from charts.theme import escape
from core.attention import kv_head_of_query


def qkv(view: HandView) -> tuple[Tensor, Tensor, Tensor]:
    """Return queries, keys and values of the head shown, (T, d) each."""
    trace, b = view.trace, view.sentence
    kv = kv_head_of_query(trace.q.shape[1], trace.k.shape[1])[view.head]
    return trace.q[b, view.head], trace.k[b, kv], trace.v[b, kv]


def head_columns(view: HandView, matrix: Tensor) -> Tensor:
    """Return the columns of a projection that belong to the head shown."""
    d = view.trace.q.shape[-1]
    return matrix[:, view.head * d : (view.head + 1) * d]


def inputs(view: HandView) -> Block:
    """Return X, the vectors of the words."""
    B, _H, T, _d = view.sizes
    x = required(view.trace.x)[view.sentence]

    def hover_text(r: int, c: int, value: float) -> str:
        return f"x[{word(view, r)}, {c + 1}] = {brief(value)}"

    return Block(x, "X", shape(B, T, x.shape[1]), hover=hover_text, name="x")


def plain(block: Block) -> Block:
    """Give a matrix hover texts that only repeat its numbers."""
    title = block.title
    return dataclasses.replace(
        block, hover=lambda r, c, v: f"{title}[{r + 1}, {c + 1}] = {brief(v)}"
    )


def projected(view: HandView, name: str, values: Tensor, size: str) -> Block:
    """Return the head's Q, K or V."""
    if view.projections is None:
        return Block(
            values,
            name,
            size,
            name=name.lower(),
            hover=lambda r, c, v: f"{name}[{word(view, r)}, {c + 1}] = {brief(v)}",
        )
    rows = factors(required(view.trace.x)[view.sentence])
    columns = factors(head_columns(view, getattr(view.projections, name.lower())).T)

    def hover_text(r: int, c: int, value: float) -> str:
        total = joined(rows(r), columns(c), len(rows(r)))
        return f"<b>{name}[{word(view, r)}, {c + 1}]</b><br>x · W = {total} = {brief(value)}"

    return Block(values, name, size, hover=hover_text, name=name.lower())


def scores(view: HandView, size: str, cell: tuple[int, int] | None) -> Block:
    """Return the scaled scores."""
    values = view.trace.scores[view.sentence, view.head]
    q, k, _v = qkv(view)
    queries, keys = factors(q), factors(k)

    def hover_text(r: int, c: int, value: float) -> str:
        total = joined(queries(r), keys(c), len(queries(r)))
        dot = brief(value / view.trace.scale)
        return (
            f"<b>{pair(view, r, c)}</b><br>q · k = {total} = {dot}"
            f"<br>× {number(view.trace.scale)} = {brief(value)}"
        )

    title = _("scores Q·Kᵀ/√d")
    return Block(values, title, size, hover=hover_text, name="scores", cell=cell)


def masked_cells(view: HandView) -> Tensor:
    """Return which cells are masked, (T, T) bool."""
    return view.trace.masked_scores[view.sentence, view.head] == -math.inf


def masked(view: HandView, size: str, cell: tuple[int, int] | None) -> Block:
    """Return the scores after the mask."""
    values = view.trace.masked_scores[view.sentence, view.head]
    scores = view.trace.scores[view.sentence, view.head].tolist()

    def hover_text(r: int, c: int, value: float) -> str:
        state = _("masked: −∞") if value == -math.inf else _("allowed")
        return f"<b>{pair(view, r, c)}</b><br>{brief(scores[r][c])} → {brief(value)} ({state})"

    return Block(
        values, _("masked"), size, masked=masked_cells(view), hover=hover_text,
        name="masked", cell=cell,
    )  # fmt: skip


def weights(view: HandView, size: str, cell: tuple[int, int] | None) -> Block:
    """Return the weights."""
    values = view.trace.weights[view.sentence, view.head]

    def hover_text(r: int, c: int, _value: float) -> str:
        steps = map(escape, arithmetic(view.trace, r, c, (view.sentence, view.head)))
        return f"<b>{pair(view, r, c)}</b><br>" + "<br>".join(steps)

    return Block(
        values, _("weights"), size, scale="weight", masked=masked_cells(view),
        hover=hover_text, marked=True, name="weights", cell=cell,
    )  # fmt: skip


def mixed(view: HandView, size: str) -> Block:
    """Return the head's output, weights · V."""
    trace = view.trace
    weights = trace.weights[view.sentence, view.head]
    _q, _k, v = qkv(view)
    mixed = trace.output if trace.head_output is None else trace.head_output
    rows, columns = factors(weights), factors(v.T)
    off = trace.heads_on is not None and not bool(trace.heads_on[view.head])

    def hover_text(r: int, c: int, value: float) -> str:
        if off:
            return _("this head is switched off")
        total = joined(rows(r), columns(c), len(rows(r)))
        return f"<b>{word(view, r)}, {c + 1}</b><br>w · V = {total} = {brief(value)}"

    values = mixed[view.sentence, view.head]
    title = _("output") if view.projections is None else _("head {n}").format(n=f"H{view.head}")
    return Block(values, title, size, hover=hover_text, name="mix")


def outputs(view: HandView) -> Block:
    """Return the output of the layer."""
    B, _H, T, _d = view.sizes
    values = view.trace.output[view.sentence]
    rows = factors(required(view.trace.merged)[view.sentence])
    columns = factors(layer_of(view).out.T)

    def hover_text(r: int, c: int, value: float) -> str:
        total = joined(rows(r), columns(c), len(rows(r)))
        return f"<b>{word(view, r)}, {c + 1}</b><br>{total} = {brief(value)}"

    size = shape(B, T, values.shape[1])
    return Block(values, _("output"), size, hover=hover_text, name="output")


def shape(*sizes: int) -> str:
    """Return sizes as text, as PyTorch writes a shape."""
    return "[" + ",".join(map(str, sizes)) + "]"
