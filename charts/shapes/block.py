"""A transformer block as a drawing: the attention above, the FFN below, tensors as nodes."""

from __future__ import annotations

from collections.abc import Sequence

from charts.format import byte_size, count, number
from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.shapes import TensorShape

COLORS = {"stream": "@muted", "norms": "@removed", "attention": "@p", "ffn": "@q", "router": "@q"}
ROW = 3.4  # distance between the two rows, in lanes
Node = tuple[int, float, float]  # index of the tensor, x from 0 to 1, y in lanes from the top


def tensor_names() -> dict[str, str]:
    """Return the visible name of each tensor."""
    return {
        "x": _("input x"),
        "norm 1": _("norm 1"),
        "q": "q",
        "k": "k",
        "v": "v",
        "q rotated": _("q rotated"),
        "k rotated": _("k rotated"),
        "scores": _("scores"),
        "weights": _("weights"),
        "heads": _("heads"),
        "attention output": _("attention out"),
        "residual 1": _("residual 1"),
        "norm 2": _("norm 2"),
        "router logits": _("router logits"),
        "router weights": _("router weights"),
        "gate": _("gate"),
        "up": _("up"),
        "hidden": _("hidden"),
        "expert output": _("expert out"),
        "FFN output": _("FFN out"),
        "residual 2": _("residual 2"),
        "output": _("output"),
    }


def axis_meanings() -> dict[str, str]:
    """Return what each axis letter counts."""
    return {
        "B": _("sequences"),
        "T": _("tokens that attend"),
        "S": _("tokens attended to"),
        "C": _("model width"),
        "H": _("heads"),
        "K": _("key/value heads"),
        "G": _("query heads per key/value head"),
        "D": _("head width"),
        "F": _("hidden width"),
        "E": _("experts"),
        "A": _("experts per token"),
    }


def flops_text(flops: int) -> str:
    """Return a number of FLOPs, from a billion on with a unit: 274,877,906,944 is "275 GFLOPs"."""
    if flops < 10**9:
        return count(flops)
    unit, name = next(u for u in ((1e15, "P"), (1e12, "T"), (1e9, "G")) if flops >= u[0])
    return f"{number(flops / unit)} {name}FLOPs"


def block(tensors: Sequence[TensorShape], chosen: int) -> Spec:
    """Draw the tensors of a block; the area of a node is its memory.

    Args:
        tensors: All tensors, in order.
        chosen: Index of the tensor with a ring.
    """
    nodes, names = _nodes(tensors), tensor_names()
    most = max(tensor.bytes for tensor in tensors)
    shown = [tensors[i] for i, _x, _y in nodes]
    at = [(x, y) for i, x, y in nodes if i == chosen]
    xs, ys = _edges(tensors, nodes)
    return figure(
        {
            "type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip",
            "line": {"color": "@muted", "width": 1.5}, "showlegend": False,
        },
        {
            "type": "scatter", "mode": "markers", "hoverinfo": "skip", "showlegend": False,
            "x": [x for x, _y in at], "y": [y for _x, y in at],
            "marker": {"size": 19 + 20 * (tensors[chosen].bytes / most) ** 0.5,
                       "color": "rgba(0,0,0,0)",
                       "line": {"color": "@accent", "width": 3}},
        },
        {
            "type": "scatter", "mode": "markers+text", "showlegend": False,
            "x": [x for _i, x, _y in nodes], "y": [y for _i, _x, y in nodes],
            "customdata": [byte_size(tensor.bytes) for tensor in shown],
            "text": [f"{names[tensor.name]}<br>{'·'.join(tensor.axes)}" for tensor in shown],
            "textposition": "bottom center", "textfont": {"size": 13},
            "marker": {
                "size": [9 + 20 * (tensor.bytes / most) ** 0.5 for tensor in shown],
                "color": [COLORS[tensor.part] for tensor in shown], "opacity": 1,
                "line": {"color": "@paper", "width": 1},
            },
            "hovertemplate": "%{text}<br>%{customdata}<extra></extra>",
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=axis(range=[-0.07, 1.07], visible=False, fixedrange=True),
        yaxis=axis(range=[ROW + 2.85, -0.6], visible=False, fixedrange=True),
    )  # fmt: skip


def node_at(tensors: Sequence[TensorShape], point: int) -> int | None:
    """Return the index of the tensor of a clicked node."""
    nodes = _nodes(tensors)
    return nodes[point][0] if 0 <= point < len(nodes) else None


def _nodes(tensors: Sequence[TensorShape]) -> list[Node]:
    """Place every tensor; the tensor between attention and FFN is in both rows."""
    index = {tensor.name: i for i, tensor in enumerate(tensors)}
    between = max(i for i, t in enumerate(tensors) if i < _first_of_ffn(tensors) and _starts(t))
    lanes = {"q": 0.0, "q rotated": 0.0, "v": 2.0, "scores": 0.5, "weights": 0.5}
    lanes |= {"router logits": -0.15, "router weights": -0.15}
    sparse = "router logits" in index
    lanes |= {"gate": 0.7, "up": 1.9, "hidden": 1.3, "expert output": 1.3} if sparse else {}
    lanes |= {"gate": 0.05, "up": 1.4} if "gate" in index and not sparse else {}
    nodes: list[Node] = []
    for top, part in ((0.0, range(between + 1)), (ROW, range(between, len(tensors)))):
        depth: dict[str, int] = {}
        for i in part:
            before = [depth[name] for name in tensors[i].inputs if name in depth]
            depth[tensors[i].name] = max(before) + 1 if before else 0
        last = max(depth.values())
        nodes += [(index[name], at / last, top + lanes.get(name, 1.0))
                  for name, at in depth.items()]  # fmt: skip
    return nodes


def _first_of_ffn(tensors: Sequence[TensorShape]) -> int:
    return next(i for i, tensor in enumerate(tensors) if tensor.part in ("ffn", "router"))


def _starts(tensor: TensorShape) -> bool:
    """Return whether the FFN's row may start here: the stream, or the norm of a post-norm block."""
    return tensor.name == "residual 1" or (tensor.name == "norm 1" and tensor.inputs != ("x",))


def _edges(tensors: Sequence[TensorShape], nodes: Sequence[Node]) -> tuple[list, list]:
    """Return the lines between the nodes of each row; a residual connection passes above."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    rows = ([n for n in nodes if n[2] < ROW - 0.3], [n for n in nodes if n[2] >= ROW - 0.3])
    for row, top in zip(rows, (0.0, ROW), strict=True):
        places = {tensors[i].name: (x, y) for i, x, y in row}
        first = tensors[row[0][0]].name
        for i, x, y in row[1:]:
            for name in tensors[i].inputs:
                if name not in places:
                    continue
                x0, y0 = places[name]
                skips = tensors[i].kind == "add" and name == first
                low = top - 0.5
                xs += [x0, x0, x, x, None] if skips else [x0, x, None]
                ys += [y0, low, low, y, None] if skips else [y0, y, None]
    return xs, ys
