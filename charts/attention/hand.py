"""Attention by hand: X → Q, K, V → scores → mask → softmax → output, every cell spelt out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from charts.attention.board import Block, Line, written
from charts.i18n import _
from charts.theme import escape
from core.attention import AttentionTrace, explain_cell, kv_head_of_query

_TERMS = 6  # of a sum, spelt out in a hover


@dataclass(frozen=True, slots=True)
class Projections:
    """The layer's matrices, as x multiplies them: (D, H·d) for Q, K, V and (H·d, D) after."""

    q: Tensor
    k: Tensor
    v: Tensor
    out: Tensor


@dataclass(frozen=True, slots=True)
class HandView:
    """What of a trace is looked at: one sentence and one head.

    Attributes:
        trace: from `MultiHeadSelfAttention`, or from `attention` with axes (B, H, T, d).
        words: the sentence's T words.
        sentence: its place in the batch.
        head: the query head.
        projections: the layer's matrices; None where Q, K and V were given.
    """

    trace: AttentionTrace
    words: Sequence[str]
    sentence: int = 0
    head: int = 0
    projections: Projections | None = None

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """B, H, T, d."""
        B, H, T, d = self.trace.q.shape
        return B, H, T, d


def stages(view: HandView) -> list[str]:
    """The names of the stages, in the stepper's order."""
    names = {
        "all": _("the whole way"),
        "project": _("X → Q, K, V"),
        "scores": _("scores"),
        "mask": _("mask"),
        "softmax": _("softmax"),
        "mix": _("weights · V"),
        "output": _("heads → output"),
    }
    return [names[name] for name in stage_keys(view.projections is not None)]


def stage_keys(projected: bool) -> list[str]:
    """The stages that there are: without a layer nothing is projected before or after."""
    keys = ["all", "project", "scores", "mask", "softmax", "mix", "output"]
    return keys if projected else [key for key in keys if key not in ("project", "output")]


def hand_lines(view: HandView, stage: str) -> list[Line]:
    """The matrices of one stage, or of the whole way, as `board` takes them."""
    B, H, T, d = view.sizes
    per_head = _shape(B, H, T, d)
    square = _shape(B, H, T, T)
    words = list(view.words)
    q, k, v = _qkv(view)
    scale = _n(view.trace.scale)
    blocks = {
        "q": _projected(view, "Q", q, per_head),
        "k": _projected(view, "K", k, per_head),
        "v": _projected(view, "V", v, per_head),
    }
    scores = _scores(view, square)
    masked = _masked(view, square)
    weights = _weights(view, square)
    mixed = _mixed(view, per_head)
    if stage == "project":
        return [_projection_line(view, blocks)]
    if stage == "scores":
        turned = Block(k.T, "Kᵀ", _shape(B, H, d, T), columns=words)
        left = _with_words(blocks["q"], rows=words)
        return [[left, "·", turned, f"× {scale} =", _with_words(scores, columns=words)]]
    if stage == "mask":
        left = _with_words(scores, rows=words, columns=words)
        return [[left, _("mask →"), _with_words(masked, columns=words)]]
    if stage == "softmax":
        left = _with_words(masked, rows=words, columns=words)
        return [[left, _("softmax →"), _with_sums(_with_words(weights, columns=words))]]
    if stage == "mix":
        left = _with_words(weights, rows=words, columns=words)
        return [[left, "·", _with_words(blocks["v"], rows=words), "=", mixed]]
    if stage == "output":
        return [_output_line(view)]
    chain: Line = [
        _with_words(scores, rows=words),
        "→",
        masked,
        "→",
        weights,
        _("· V ="),
        mixed,
    ]
    if view.projections is None:
        first: Line = [_with_words(blocks["q"], rows=words), blocks["k"], blocks["v"]]
        return [first, chain]
    x = _with_words(_inputs(view), rows=words)
    return [[x, "→", blocks["q"], blocks["k"], blocks["v"]], [*chain, "→", _outputs(view)]]


def _qkv(view: HandView) -> tuple[Tensor, Tensor, Tensor]:
    """(T, d) each, of the head that is looked at."""
    H, shared = view.trace.q.shape[1], view.trace.k.shape[1]
    read = kv_head_of_query(H, shared)[view.head]
    b = view.sentence
    return view.trace.q[b, view.head], view.trace.k[b, read], view.trace.v[b, read]


def _head_columns(view: HandView, matrix: Tensor) -> Tensor:
    """The columns of a projection that make the head that is looked at."""
    d = view.trace.q.shape[-1]
    return matrix[:, view.head * d : (view.head + 1) * d]


def _inputs(view: HandView) -> Block:
    B, _H, T, _d = view.sizes
    x = _of(view.trace.x)[view.sentence]
    hover = _texts(x, lambda r, c, value: f"x[{_w(view, r)}, {c + 1}] = {_n(value)}")
    return Block(x, "X", _shape(B, T, x.shape[1]), hover=hover)


def _projected(view: HandView, name: str, values: Tensor, shape: str) -> Block:
    if view.projections is None:
        hover = _texts(values, lambda r, c, v: f"{name}[{_w(view, r)}, {c + 1}] = {_n(v)}")
        return Block(values, name, shape, hover=hover)
    x = _of(view.trace.x)[view.sentence]
    matrix = _head_columns(view, getattr(view.projections, name.lower()))

    def told(r: int, c: int, value: float) -> str:
        total = _dot(x[r].tolist(), matrix[:, c].tolist())
        return f"<b>{name}[{_w(view, r)}, {c + 1}]</b><br>x · W = {total} = {_n(value)}"

    return Block(values, name, shape, hover=_texts(values, told))


def _projection_line(view: HandView, blocks: dict[str, Block]) -> Line:
    held = _layer(view)
    matrices = [
        Block(
            _head_columns(view, matrix),
            f"W<sub>{name}</sub>",
            _shape(len(matrix), view.sizes[3]),
        )
        for name, matrix in (("Q", held.q), ("K", held.k), ("V", held.v))
    ]
    x = _with_words(_inputs(view), rows=view.words)
    return [x, "·", *matrices, "=", blocks["q"], blocks["k"], blocks["v"]]


def _scores(view: HandView, shape: str) -> Block:
    values = view.trace.scores[view.sentence, view.head]

    def told(r: int, c: int, _value: float) -> str:
        cell = explain_cell(view.trace, r, c, (view.sentence, view.head))
        total = _dot(cell.q.tolist(), cell.k.tolist())
        return (
            f"<b>{_pair(view, r, c)}</b><br>q · k = {total} = {_n(cell.dot)}"
            f"<br>× {_n(cell.scale)} = {_n(cell.score)}"
        )

    title = _("scores Q·Kᵀ/√d")
    return Block(values, title, shape, hover=_texts(values, told))


def _forbidden(view: HandView) -> Tensor:
    masked = view.trace.masked_scores[view.sentence, view.head]
    return masked == -math.inf


def _masked(view: HandView, shape: str) -> Block:
    values = view.trace.masked_scores[view.sentence, view.head]

    def told(r: int, c: int, value: float) -> str:
        word = _("masked: −∞") if value == -math.inf else _("may attend")
        return f"<b>{_pair(view, r, c)}</b><br>{word}"

    return Block(values, _("masked"), shape, masked=_forbidden(view), hover=_texts(values, told))


def _weights(view: HandView, shape: str) -> Block:
    values = view.trace.weights[view.sentence, view.head]

    def told(r: int, c: int, _value: float) -> str:
        cell = explain_cell(view.trace, r, c, (view.sentence, view.head))
        if cell.masked_score == -math.inf:
            return ""
        # e^(score − largest) ÷ the row's sum of the same
        return (
            f"<b>{_pair(view, r, c)}</b><br>"
            f"e^({_n(cell.masked_score)} − {_n(cell.row_max)}) = {_n(cell.exponential)}"
            f"<br>÷ {_n(cell.row_sum)} = {cell.weight:.3f}"
        )

    return Block(
        values, _("weights"), shape, scale="weight", masked=_forbidden(view),
        hover=_texts(values, told), marked=True,
    )  # fmt: skip


def _mixed(view: HandView, shape: str) -> Block:
    trace = view.trace
    weights = trace.weights[view.sentence, view.head]
    _q, _k, v = _qkv(view)
    mixed = trace.output if trace.head_output is None else trace.head_output
    off = trace.heads_on is not None and not bool(trace.heads_on[view.head])

    def told(r: int, c: int, value: float) -> str:
        if off:
            return _("this head is switched off")
        total = _dot(weights[r].tolist(), v[:, c].tolist())
        return f"<b>{_w(view, r)}, {c + 1}</b><br>{total} = {_n(value)}"

    values = mixed[view.sentence, view.head]

    return Block(values, _("head's output"), shape, hover=_texts(values, told))


def _outputs(view: HandView) -> Block:
    B, _H, T, _d = view.sizes
    values = view.trace.output[view.sentence]
    merged = _of(view.trace.merged)[view.sentence]
    matrix = _layer(view).out

    def told(r: int, c: int, value: float) -> str:
        total = _dot(merged[r].tolist(), matrix[:, c].tolist())
        return f"<b>{_w(view, r)}, {c + 1}</b><br>{total} = {_n(value)}"

    return Block(values, _("output"), _shape(B, T, values.shape[1]), hover=_texts(values, told))


def _output_line(view: HandView) -> Line:
    B, H, T, d = view.sizes
    merged = _of(view.trace.merged)[view.sentence]
    matrix = _layer(view).out
    heads = Block(
        merged, _("heads side by side"), f"[{B},{T},{H}·{d}]", rows=view.words,
        hover=_texts(merged, lambda r, c, v: f"{_w(view, r)}: {_n(v)}<br>"
                     + _("head {n}").format(n=c // d + 1)),
    )  # fmt: skip
    own = Block(matrix, "W<sub>O</sub>", _shape(H * d, matrix.shape[1]))
    return [heads, "·", own, "=", _outputs(view)]


def _shape(*sizes: int) -> str:
    return "[" + ",".join(map(str, sizes)) + "]"


def _with_words(block: Block, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> Block:
    return dataclasses.replace(block, rows=rows, columns=columns)


def _with_sums(block: Block) -> Block:
    ends = [f"Σ {total:.2f}" for total in block.values.sum(dim=1).tolist()]
    return dataclasses.replace(block, ends=ends)


def _layer(view: HandView) -> Projections:
    if view.projections is None:
        raise ValueError("Q, K and V were given: there is no layer whose matrices could be drawn.")
    return view.projections


def _of(tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise ValueError("this trace has no X: it was not made by MultiHeadSelfAttention.")
    return tensor


def _texts(values: Tensor, tell: Callable[[int, int, float], str]) -> list[list[str]]:
    """What hovering tells of each cell."""
    return [
        [tell(r, c, value) for c, value in enumerate(row)] for r, row in enumerate(values.tolist())
    ]


def _w(view: HandView, place: int) -> str:
    return escape(view.words[place])


def _pair(view: HandView, query: int, key: int) -> str:
    return f"{_w(view, query)} → {_w(view, key)}"


def _dot(left: Sequence[float], right: Sequence[float]) -> str:
    """The first terms of a scalar product: "0.50·1.20 + −1.00·0.30 + …"."""
    terms = [f"{_n(a)}·{_n(b)}" for a, b in zip(left[:_TERMS], right[:_TERMS], strict=True)]
    return " + ".join([*terms, "…"] if len(left) > _TERMS else terms)


def _n(x: float) -> str:
    text = written(x) if math.isinf(x) else f"{x:.2f}"
    return text.replace("-", "−").replace("−0.00", "0.00")
