"""The tree of a beam search: candidates kept and pruned, and the greedy path."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from charts.format import number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.sampling import BeamNode, BeamTree, GreedyPath

#: Status of a candidate → color, width and dash of its frame: never color alone.
_FRAMES = {
    "kept": ("@kept", 2.0, "solid"),
    "finished": ("@ink", 4.0, "solid"),
    "pruned": ("@removed", 1.2, "dot"),
}
_HALF_WIDTH = 0.33  # of a candidate's box, in steps
_HALF_HEIGHT = 0.42  # in rows
_ROW_PX = 42  # two lines of text
_STEP_PX = 106
_LONGEST = 10  # characters of a token's text

Point = tuple[float, float]


def beam_tree_height(tree: BeamTree) -> int:
    """Return the height in pixels: a row for each candidate of the widest step, and greedy's."""
    return 90 + _ROW_PX * (_rows(tree) + 1)


def beam_tree_width(tree: BeamTree) -> int:
    """Return the minimum width in pixels, at which the texts fit their boxes."""
    return 80 + _STEP_PX * (tree.steps + 1)


def beam_tree(
    tree: BeamTree, greedy: GreedyPath, token: Callable[[int], str], step: int, selected: int = 0
) -> Spec:
    """Draw the tree up to a step: a column per step, the best candidate on top, greedy below all.

    Each candidate is a box with its token and the token's probability after its prefix.

    Args:
        tree: The search.
        greedy: The greedy path from the same prompt.
        token: Gives a token's text in visible characters.
        step: The last step drawn; the axes have room for all.
        selected: Id of the candidate that is marked.
    """
    seen = [node for node in tree.nodes if node.step <= step]
    best = _best_path(tree, step)
    rows = _rows(tree)
    texts = {"kept": _("kept"), "finished": _("finished"), "pruned": _("pruned")}
    lane = _lane(greedy, len(tree.prompt_ids), step, rows)
    mark = tree.nodes[selected]
    return figure(
        _edges(tree, [n for n in seen if n.status == "pruned"], "@removed", 1.0),
        _edges(tree, [n for n in seen if n.status != "pruned"], "@kept", 1.6),
        _edges(tree, [n for n in seen if n.id in best], "@p", 4.0, _("best beam")),
        _line(_links(lane), "@q", 2.0, _("greedy"), "dot"),
        *(
            _boxes([_place(n) for n in seen if n.status == status], name, *frame)
            for (status, name), frame in zip(texts.items(), _FRAMES.values(), strict=True)
        ),
        _boxes(lane[1:], "", "@q", 2.0, "solid"),
        _boxes([_place(mark)] if mark.step <= step else [], "", "@accent", 3.0, "solid", 1.18),
        _texts(tree, seen, token),
        _greedy_texts(greedy, lane, len(tree.prompt_ids), token),
        margin={"l": 56, "r": 12, "t": 10, "b": 44},
        xaxis=axis(
            _("step"),
            range=[-_HALF_WIDTH - 0.08, tree.steps + _HALF_WIDTH + 0.08],
            tickvals=list(range(tree.steps + 1)),
            fixedrange=True,
            showgrid=False,
            zeroline=False,
        ),
        yaxis=axis(
            _("rank among the step's candidates"),
            range=[rows + 0.9, -0.6],
            tickvals=list(range(rows)),
            ticktext=[str(rank + 1) for rank in range(rows)],
            fixedrange=True,
            showgrid=False,
            zeroline=False,
        ),
        hovermode="closest",
    )


def _rows(tree: BeamTree) -> int:
    return 1 + max(node.rank for node in tree.nodes)


def _place(node: BeamNode) -> Point:
    return node.step, node.rank


def _best_path(tree: BeamTree, step: int) -> set[int]:
    """Nodes on the path to the best beam at this step; at the last step, to the result."""
    if step >= tree.steps and tree.finals:
        return set(tree.path(tree.finals[0]))
    ends = [
        node
        for node in tree.nodes
        if node.status != "pruned" and (node.step == step or node.status == "finished")
    ]
    reached = [node for node in ends if node.step <= step]
    if not reached:
        return set()
    return set(tree.path(max(reached, key=lambda node: node.score).id))


def _line(points: list[Point | None], color: str, width: float, name: str, dash: str) -> Spec:
    """Lines between points; None interrupts them."""
    return {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip",
        "x": [point and point[0] for point in points],
        "y": [point and point[1] for point in points],
        "line": {"color": color, "width": width, "dash": dash},
        "name": name, "showlegend": bool(name),
    }  # fmt: skip


def _edges(
    tree: BeamTree, nodes: Sequence[BeamNode], color: str, width: float, name: str = ""
) -> Spec:
    """Lines from the right side of each parent's box to the left side of its child's."""
    points: list[Point | None] = []
    for node in nodes:
        if node.parent >= 0:
            parent = tree.nodes[node.parent]
            start = (parent.step + _HALF_WIDTH, parent.rank)
            points += [start, (node.step - _HALF_WIDTH, node.rank), None]
    return _line(points, color, width, name, "solid")


def _links(lane: Sequence[Point]) -> list[Point | None]:
    points: list[Point | None] = []
    for (x, y), (next_x, next_y) in pairwise(lane):
        points += [(x + _HALF_WIDTH, y), (next_x - _HALF_WIDTH, next_y), None]
    return points


def _boxes(
    centers: Sequence[Point], name: str, color: str, width: float, dash: str, scale: float = 1.0
) -> Spec:
    """Rectangles, which hide the lines behind them; a larger one is only an outline."""
    points: list[Point | None] = []
    for x, y in centers:
        left, right = x - scale * _HALF_WIDTH, x + scale * _HALF_WIDTH
        top, bottom = y - scale * _HALF_HEIGHT, y + scale * _HALF_HEIGHT
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        points += [*corners, None]
    fill = {"fill": "toself", "fillcolor": "@paper"} if scale == 1 else {}
    return _line(points, color, width, name, dash) | fill


def _label(text: str, p: float) -> str:
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f"{escape(short)}<br>{probability(p, 2)}"


def _texts(tree: BeamTree, nodes: Sequence[BeamNode], token: Callable[[int], str]) -> Spec:
    """The text in each box; invisible markers of a box's height answer the pointer."""
    hover = _(
        "<b>{token}</b><br>given its prefix {p}<br>Σ ln p {sum}<br>score {score}<br>rank {rank}"
    )
    rest = nodes[1:]  # the first is the prompt
    return {
        "type": "scatter", "mode": "markers+text", "showlegend": False, "cliponaxis": False,
        "marker": {"size": 34, "opacity": 0},
        "x": [node.step for node in nodes], "y": [node.rank for node in nodes],
        "text": [_("prompt"), *(_label(token(n.token), math.exp(n.log_prob)) for n in rest)],
        "textposition": "middle center", "textfont": {"size": 12, "color": "@ink"},
        "customdata": [node.id for node in nodes],
        "hoverinfo": "text",
        "hovertext": [
            _("prompt"),
            *(
                hover.format(
                    token=escape(token(node.token)), p=probability(math.exp(node.log_prob)),
                    sum=number(node.cumulative), score=number(node.score), rank=node.rank + 1,
                )
                for node in rest
            ),
        ],
    }  # fmt: skip


def _lane(greedy: GreedyPath, prompt: int, step: int, rows: int) -> list[Point]:
    """The greedy path's places, the prompt's first: a row of its own under the candidates."""
    taken = len(greedy.sequence[prompt:][:step])
    return [(0, 0), *((place, rows + 0.3) for place in range(1, taken + 1))]


def _greedy_texts(
    greedy: GreedyPath, lane: Sequence[Point], prompt: int, token: Callable[[int], str]
) -> Spec:
    taken = list(zip(greedy.sequence[prompt:], greedy.log_probs, strict=True))[: len(lane) - 1]
    return {
        "type": "scatter", "mode": "text", "showlegend": False, "cliponaxis": False,
        "x": [x for x, _y in lane[1:]], "y": [y for _x, y in lane[1:]],
        "text": [_label(token(i), math.exp(log)) for i, log in taken],
        "textposition": "middle center", "textfont": {"size": 12, "color": "@ink"},
        "hoverinfo": "text",
        "hovertext": [
            _("greedy: {token}, {p}").format(token=escape(token(i)), p=probability(math.exp(log)))
            for i, log in taken
        ],
    }  # fmt: skip
