"""A Huffman tree, merge by merge, with its code table; the average length between its bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from charts.format import number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin
from core.coding import HuffmanCode, HuffmanStep

MOST_ROWS = 22  # leaves that a figure has room for
LONGEST_CODE = 14  # characters of a code in the table


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the figure: a symbol, or a subtree whose merges are not drawn."""

    node: int
    label: str
    share: float
    code: str
    symbols: int


@dataclass(frozen=True, slots=True)
class TreeLayout:
    """The places of the nodes; they stay the same at every merge.

    Attributes:
        code: The code.
        rows: From top to bottom.
        skipped: Merges that are made before the first one drawn.
        places: (bits from the root, row) of every drawn node, by id.
        sizes: Symbols under each row's node.
    """

    code: HuffmanCode
    rows: tuple[Row, ...]
    skipped: int
    places: dict[int, tuple[float, float]]

    @property
    def merges(self) -> int:
        """Return the number of merges that are drawn."""
        return len(self.code.steps) - self.skipped


def layout(code: HuffmanCode, names: Mapping[str, str]) -> TreeLayout:
    """Place the tree's last merges: the root on the left, heavier children above lighter ones.

    Every merge is at least as heavy as the one before, so the last merges are the upper part of
    the tree. Subtrees below it are one row each.

    Args:
        code: The code.
        names: Each symbol in visible characters.
    """
    skipped = max(0, len(code.steps) - (MOST_ROWS - 1))
    leaves = frozenset(code.forest(skipped))
    total = math.fsum(code.weights.values())
    rows: list[Row] = []
    places: dict[int, tuple[float, float]] = {}

    def place(node_id: int, bits: str) -> float:
        node = code.nodes[node_id]
        if node_id in leaves or node.left is None or node.right is None:
            y = float(len(rows))
            rows.append(_row(code, node_id, bits or "0", node.weight / total, names))
        else:
            y = (place(node.right, bits + "1") + place(node.left, bits + "0")) / 2
        places[node_id] = float(len(bits)), y
        return y

    place(len(code.nodes) - 1, "")
    return TreeLayout(code, tuple(rows), skipped, places)


def _row(code: HuffmanCode, node_id: int, bits: str, share: float, names: Mapping[str, str]) -> Row:
    node = code.nodes[node_id]
    if node.symbol is not None:
        return Row(node_id, names[node.symbol], share, bits, 1)
    count, open_nodes = 0, [node]
    while open_nodes:
        inner = open_nodes.pop()
        if inner.left is None or inner.right is None:
            count += 1
        else:
            open_nodes += [code.nodes[inner.left], code.nodes[inner.right]]
    return Row(node_id, _("{n} symbols").format(n=f"{count:,}"), share, bits + "…", count)


def tree(placed: TreeLayout, merges: int, selected: int) -> Spec:
    """Draw the merges so far and, beside every symbol, the end of its code as far as it is known.

    Args:
        placed: The places of the nodes.
        merges: How many of the drawn merges are made.
        selected: The row that is marked.
    """
    code, places = placed.code, placed.places
    done = code.steps[placed.skipped : placed.skipped + merges]
    before, last = _edges(placed, done[:-1]), _edges(placed, done[-1:])
    ends = [(step.merged, child, bit) for step in done
            for child, bit in ((step.left, "0"), (step.right, "1"))]  # fmt: skip
    nodes = [row.node for row in placed.rows] + [step.merged for step in done]
    total = math.fsum(code.weights.values())
    hover = [probability(code.nodes[node].weight / total) for node in nodes]
    known = _known_bits(placed, merges)
    deepest = max(x for x, _y in places.values())
    texts = [_table_row(row, end) for row, end in zip(placed.rows, known, strict=True)]
    count = len(placed.rows)
    return figure(
        before | {"line": {"color": "@muted", "width": 2, "simplify": False}},
        last | {"line": {"color": "@accent", "width": 4, "simplify": False}},
        {
            "type": "scatter", "mode": "markers",
            "x": [places[node][0] for node in nodes], "y": [places[node][1] for node in nodes],
            "customdata": [[i, -1] for i in range(count)] + [[-1, i] for i in range(merges)],
            "marker": {
                "color": ["@p"] * count + ["@muted"] * (len(done) - 1) + ["@accent"] * bool(done),
                "size": [11] * count + [9] * len(done),
                "line": {"color": "@paper", "width": 1.5},
            },
            "hoverinfo": "text", "hovertext": hover,
        },
        {
            "type": "scatter", "mode": "text", "text": [bit for _node, _child, bit in ends],
            "x": [places[node][0] + 0.5 for node, _child, _bit in ends],
            "y": [places[child][1] for _node, child, _bit in ends],
            "textposition": "top center", "textfont": {"size": 12, "color": "@ink"},
            "hoverinfo": "skip",
        },
        margin={"l": 14, "r": label_margin(texts, least=120, most=330), "t": 8, "b": 44},
        xaxis=axis(
            _("bits from the root"), range=[-0.25, max(1.0, deepest) + 0.15], fixedrange=True,
            tickformat="d", nticks=9, zeroline=False,
        ),
        yaxis=axis(
            range=[max(count, 4) - 0.4, -0.8], fixedrange=True, side="right", zeroline=False,
            tickvals=list(range(count)), ticktext=[escape(text) for text in texts],
        ),
        shapes=[
            {
                "type": "rect", "xref": "paper", "yref": "y", "x0": 0, "x1": 1,
                "y0": selected - 0.5, "y1": selected + 0.5, "fillcolor": "@accent",
                "opacity": 0.13, "line": {"width": 0}, "layer": "below",
            }
        ],
    )  # fmt: skip


def _edges(placed: TreeLayout, steps: Sequence[HuffmanStep]) -> Spec:
    """Return the lines of some merges: from the parent up or down, then right to the child."""
    x: list[float | None] = []
    y: list[float | None] = []
    for step in steps:
        parent_x, parent_y = placed.places[step.merged]
        for child in (step.left, step.right):
            child_x, child_y = placed.places[child]
            x += [parent_x, parent_x, child_x, None]
            y += [parent_y, child_y, child_y, None]
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip"}


def _known_bits(placed: TreeLayout, merges: int) -> list[str]:
    """Return the end of each row's code: the bits of the merges made so far."""
    made = placed.code.steps[placed.skipped : placed.skipped + merges]
    parent = {child: step.merged for step in made for child in (step.left, step.right)}
    known = []
    for row in placed.rows:
        depth, node = 0, row.node
        while node in parent:
            node, depth = parent[node], depth + 1
        rest = "…" if row.symbols > 1 else ""
        bits = row.code.removesuffix("…")
        # A symbol alone has a code without a merge.
        depth = depth if placed.code.steps else 1
        known.append("·" * (len(bits) - depth) + bits[len(bits) - depth :] + rest)
    return known


def _table_row(row: Row, known: str) -> str:
    short = known if len(known) <= LONGEST_CODE else "…" + known[1 - LONGEST_CODE :]
    return f"{row.label}   {probability(row.share, 2)}   {short}"


def gauge(code: HuffmanCode, so_far: float) -> Spec:
    """Draw the average length as the sum of the merges so far, and the bounds H and H + 1.

    Args:
        code: The code.
        so_far: The sum of the merged probabilities, in bits.
    """
    low, high = code.entropy, code.entropy + 1
    bound = {"type": "line", "yref": "paper", "y0": 0, "y1": 1}
    return figure(
        {
            "type": "bar", "orientation": "h", "x": [so_far], "y": [""], "width": 0.5,
            "marker": {"color": "@p"}, "hoverinfo": "skip",
        },
        {
            "type": "scatter", "mode": "text", "x": [low, high], "y": ["", ""],
            "text": [f"H = {number(low, 4)}", f"H + 1 = {number(high, 4)}"],
            "textposition": ["top right", "top left"], "textfont": {"size": 13, "color": "@q"},
            "hoverinfo": "skip", "cliponaxis": False,
        },
        margin={"l": 14, "r": 16, "t": 34, "b": 44},
        xaxis=axis(
            _("average length L (bits per symbol)"), range=[0, 1.04 * high], fixedrange=True,
            zeroline=False,
        ),
        yaxis=axis(visible=False, fixedrange=True),
        shapes=[
            {
                "type": "rect", "yref": "paper", "x0": low, "x1": high, "y0": 0, "y1": 1,
                "fillcolor": "@q", "opacity": 0.14, "line": {"width": 0}, "layer": "below",
            },
            bound | {"x0": low, "x1": low, "line": {"color": "@q", "width": 2.5}},
            bound | {"x0": high, "x1": high, "line": {"color": "@q", "width": 2.5, "dash": "dot"}},
        ],
    )  # fmt: skip
