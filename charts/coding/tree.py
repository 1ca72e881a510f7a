"""A Huffman tree, merge by merge, with its code table; the average length between its bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from charts.format import count, number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.coding import HuffmanStep, HuffmanTop

LONGEST_CODE = 14  # characters of a code in the table


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the figure: a symbol, or a subtree whose merges are not drawn.

    Attributes:
        node: The node's id in the code of the drawn trees.
        label: The symbol in visible characters, or the number of symbols.
        share: Probability.
        code: Bits from the root, with "…" if the symbols' codes are longer.
        symbols: Number of symbols.
    """

    node: int
    label: str
    share: float
    code: str
    symbols: int


@dataclass(frozen=True, slots=True)
class TreeLayout:
    """The places of the nodes; they stay the same at every merge.

    Attributes:
        found: The merges that are drawn, and the measures of the whole code.
        rows: From top to bottom.
        places: (bits from the root, row) of every drawn node, by id.
    """

    found: HuffmanTop
    rows: tuple[Row, ...]
    places: dict[int, tuple[float, float]]

    @property
    def merges(self) -> int:
        """Return the number of merges that are drawn."""
        return len(self.found.top.steps)

    def average_so_far(self, merges: int) -> float:
        """Return the sum of the merged probabilities, in bits: L when all merges are made."""
        top = self.found.top
        if not top.steps:
            return self.found.average_length  # one symbol alone: no merge, and still one bit
        done = math.fsum(step.weight for step in top.steps[:merges])
        return self.found.skipped_bits + done / math.fsum(top.weights.values())


def layout(found: HuffmanTop, name: Callable[[int], str]) -> TreeLayout:
    """Place the tree's last merges: the root on the left, heavier children above lighter ones.

    Args:
        found: The upper part of the tree.
        name: Returns the label of a symbol, given its index.
    """
    nodes, total = found.top.nodes, math.fsum(found.top.weights.values())
    rows: list[Row] = []
    places: dict[int, tuple[float, float]] = {}

    def place(node_id: int, bits: str) -> float:
        node = nodes[node_id]
        if node.left is None or node.right is None:
            y = float(len(rows))
            symbol, members = found.symbols[node_id], found.members[node_id]
            label = _("{n} symbols").format(n=count(members)) if symbol is None else name(symbol)
            code = (bits or "0") + ("…" if symbol is None else "")
            rows.append(Row(node_id, label, node.weight / total, code, members))
        else:
            y = (place(node.right, bits + "1") + place(node.left, bits + "0")) / 2
        places[node_id] = float(len(bits)), y
        return y

    place(len(nodes) - 1, "")
    return TreeLayout(found, tuple(rows), places)


def tree(placed: TreeLayout, merges: int, selected: int) -> Spec:
    """Draw the merges so far, what is known of each code, and the average length so far.

    Args:
        placed: The places of the nodes.
        merges: How many of the drawn merges are made.
        selected: The row that is marked.
    """
    top, places = placed.found.top, placed.places
    done = top.steps[:merges]
    bit = {child: digit for step in done for child, digit in ((step.left, "0"), (step.right, "1"))}
    nodes = [row.node for row in placed.rows] + [step.merged for step in done]
    total = math.fsum(top.weights.values())
    known = _known_bits(placed, merges)
    deepest = max(x for x, _y in places.values())
    texts = [_table_row(row, end) for row, end in zip(placed.rows, known, strict=True)]
    rows = len(placed.rows)
    gauge, gauge_layout = _gauge(placed.found.entropy, placed.average_so_far(merges))
    return figure(
        _edges(placed, done[:-1], {"color": "@muted", "width": 2}),
        _edges(placed, done[-1:], {"color": "@accent", "width": 4}),
        {
            "type": "scatter", "mode": "markers+text",
            "x": [places[node][0] for node in nodes], "y": [places[node][1] for node in nodes],
            "customdata": [[i, -1] for i in range(rows)] + [[-1, i] for i in range(merges)],
            "marker": {
                "color": ["@p"] * rows + ["@muted"] * (len(done) - 1) + ["@accent"] * bool(done),
                "size": [11] * rows + [9] * len(done),
                "line": {"color": "@paper", "width": 1.5}, "opacity": 1,
            },
            "text": [bit.get(node, "") for node in nodes],
            "textposition": "top left", "textfont": {"size": 12, "color": "@ink"},
            "hoverinfo": "text",
            "hovertext": [probability(top.nodes[node].weight / total) for node in nodes],
        },
        gauge,
        margin={"l": 20, "r": _table_width(texts), "t": 8, "b": 40},
        xaxis=axis(
            range=[-0.25, max(1.0, deepest) + 0.15], fixedrange=True,
            dtick=1 if deepest <= 9 else 2, ticksuffix=_(" bits"), showticksuffix="last",
            zeroline=False, anchor="y",
        ),
        yaxis=axis(
            range=[max(rows, 4) - 0.4, -0.8], fixedrange=True, side="right", zeroline=False,
            tickvals=list(range(rows)), ticktext=[escape(text) for text in texts],
            domain=[0.28, 1],
        ),
        **gauge_layout,
        shapes=[
            {
                "type": "rect", "xref": "paper", "yref": "y", "x0": 0, "x1": 1,
                "y0": selected - 0.5, "y1": selected + 0.5, "fillcolor": "@accent",
                "opacity": 0.13, "line": {"width": 0}, "layer": "below",
            },
            *_bounds(placed.found.entropy),
        ],
    )  # fmt: skip


def _edges(placed: TreeLayout, steps: Sequence[HuffmanStep], line: Spec) -> Spec:
    """Return the lines of some merges: from the parent up or down, then right to the child."""
    x: list[float | None] = []
    y: list[float | None] = []
    for step in steps:
        parent_x, parent_y = placed.places[step.merged]
        for child in (step.left, step.right):
            child_x, child_y = placed.places[child]
            x += [parent_x, parent_x, child_x, None]
            y += [parent_y, child_y, child_y, None]
    line = line | {"simplify": False}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}


def _known_bits(placed: TreeLayout, merges: int) -> list[str]:
    """Return the end of each row's code: the bits of the merges made so far."""
    made = placed.found.top.steps[:merges]
    parent = {child: step.merged for step in made for child in (step.left, step.right)}
    known = []
    for row in placed.rows:
        depth, node = 0, row.node
        while node in parent:
            node, depth = parent[node], depth + 1
        bits = row.code.removesuffix("…")
        # One symbol alone has a code without a merge.
        depth = depth if placed.merges else 1
        dots, rest = "·" * (len(bits) - depth), row.code[len(bits) - depth :]
        known.append(dots + rest)
    return known


def _table_row(row: Row, known: str) -> str:
    short = known if len(known) <= LONGEST_CODE else "…" + known[1 - LONGEST_CODE :]
    return f"{row.label}   {probability(row.share, 2)}   {short}"


def _table_width(texts: Sequence[str]) -> int:
    return max(120, round(0.9 * label_margin(texts, most=330)))


def _gauge(entropy: float, so_far: float) -> tuple[Spec, Spec]:
    """Return the bar of the average length, and the layout of its panel."""
    low, high = entropy, entropy + 1
    bar = {
        "type": "bar", "orientation": "h", "x": [so_far], "y": [0], "width": 0.6,
        "xaxis": "x2", "yaxis": "y2", "marker": {"color": "@p"}, "hoverinfo": "skip",
    }  # fmt: skip
    label = {"xref": "x2", "yref": "y2", "y": 0.5, "yanchor": "bottom", "showarrow": False}
    font = {"size": 13, "color": "@q"}
    return bar, {
        "xaxis2": axis(
            _("average length L (bits per symbol)"), range=[0, 1.04 * high], fixedrange=True,
            zeroline=False, anchor="y2", nticks=8,
        ),
        "yaxis2": axis(
            range=[-0.5, 0.5], visible=False, fixedrange=True, domain=[0, 0.1], anchor="x2"
        ),
        "annotations": [
            label | {"x": x, "text": f"{name} = {number(x, 4)}", "xanchor": anchor, "font": font}
            for x, name, anchor in ((low, "H", "right"), (high, "H + 1", "center"))
        ],
    }  # fmt: skip


def _bounds(entropy: float) -> list[Spec]:
    """Return the band from H to H + 1 and its two ends."""
    common = {"xref": "x2", "yref": "y2", "y0": -0.5, "y1": 0.5}
    line = common | {"type": "line"}
    return [
        common | {
            "type": "rect", "x0": entropy, "x1": entropy + 1, "fillcolor": "@q",
            "opacity": 0.16, "line": {"width": 0}, "layer": "below",
        },
        line | {"x0": entropy, "x1": entropy, "line": {"color": "@q", "width": 3}},
        line | {
            "x0": entropy + 1, "x1": entropy + 1,
            "line": {"color": "@q", "width": 3, "dash": "dot"},
        },
    ]  # fmt: skip
