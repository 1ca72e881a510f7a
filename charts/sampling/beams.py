"""The tree of a beam search: candidates kept and pruned, and the greedy path."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from charts.format import number, probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure
from core.sampling import BeamNode, BeamTree, GreedyPath

#: Status of a candidate → color and shape: never color alone.
_MARKS = {
    "kept": ("@kept", "circle"),
    "finished": ("@accent", "square"),
    "pruned": ("@removed", "x-thin-open"),
}
_LABEL = 0.6  # of a step: space for a token's text, after which its edges start
_LONGEST = 11  # characters of a token's text


def beam_tree_height(tree: BeamTree) -> int:
    """Return the height in pixels: a row for each candidate of the widest step, and greedy's."""
    return 110 + 30 * (_rows(tree) + 1)


def beam_tree(tree: BeamTree, greedy: GreedyPath, token: Callable[[int], str], step: int) -> Spec:
    """Draw the tree up to a step: a column per step, the best candidate on top, greedy below all.

    Args:
        tree: The search.
        greedy: The greedy path from the same prompt.
        token: Gives a token's text in visible characters.
        step: The last step drawn; the axes have room for all.
    """
    seen = [node for node in tree.nodes if node.step <= step]
    best = _best_path(tree, step)
    rows = _rows(tree)
    texts = {
        "kept": _("kept"),
        "finished": _("finished"),
        "pruned": _("pruned"),
    }
    traces = [
        _edges(tree, [n for n in seen if n.status == "pruned"], "@removed", 1.0),
        _edges(tree, [n for n in seen if n.status != "pruned"], "@kept", 1.6),
        _edges(tree, [n for n in seen if n.id in best], "@p", 4.0, _("best beam")),
        _greedy(greedy, len(tree.prompt_ids), token, step, rows),
    ]
    traces += [
        _nodes([n for n in seen if n.status == status and n.id], token, status, name)
        for status, name in texts.items()
    ]
    return figure(
        *traces,
        margin={"l": 56, "r": 96, "t": 10, "b": 44},
        xaxis=axis(
            _("step"),
            range=[-0.15, tree.steps + 0.1],
            tickvals=list(range(tree.steps + 1)),
            fixedrange=True,
            showgrid=False,
            zeroline=False,
        ),
        yaxis=axis(
            _("rank among the step's candidates"),
            range=[rows + 0.9, -0.8],
            tickvals=list(range(rows)),
            ticktext=[str(rank + 1) for rank in range(rows)],
            fixedrange=True,
            showgrid=False,
            zeroline=False,
        ),
        hovermode="closest",
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _rows(tree: BeamTree) -> int:
    return 1 + max(node.rank for node in tree.nodes)


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


def _edges(
    tree: BeamTree, nodes: Sequence[BeamNode], color: str, width: float, name: str = ""
) -> Spec:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for node in nodes:
        if node.parent < 0:
            continue
        parent = tree.nodes[node.parent]
        xs += [parent.step + (_LABEL if parent.step else 0.0), node.step - 0.03, None]
        ys += [parent.rank, node.rank, None]
    return {
        "type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip",
        "line": {"color": color, "width": width}, "name": name, "showlegend": bool(name),
    }  # fmt: skip


def _nodes(nodes: Sequence[BeamNode], token: Callable[[int], str], status: str, name: str) -> Spec:
    color, symbol = _MARKS[status]
    hover = _(
        "<b>{token}</b><br>given its prefix {p}<br>Σ ln p {sum}<br>score {score}<br>rank {rank}"
    )
    return {
        "type": "scatter", "mode": "markers+text", "name": name,
        "x": [node.step for node in nodes], "y": [node.rank for node in nodes],
        "text": [" " + escape(_cut(token(node.token))) for node in nodes],
        "textposition": "middle right", "cliponaxis": False,
        "textfont": {"size": 13, "color": "@muted" if status == "pruned" else "@ink"},
        "marker": {
            "color": color, "symbol": symbol, "size": 10,
            "line": {"width": 2, "color": color} if status == "pruned" else {"width": 0},
        },
        "hoverinfo": "text",
        "hovertext": [
            hover.format(
                token=escape(token(node.token)), p=probability(2.718281828459045**node.log_prob),
                sum=number(node.cumulative), score=number(node.score), rank=node.rank + 1,
            )
            for node in nodes
        ],
    }  # fmt: skip


def _greedy(
    greedy: GreedyPath, prompt: int, token: Callable[[int], str], step: int, row: int
) -> Spec:
    taken = greedy.sequence[prompt:][:step]
    xs = list(range(len(taken) + 1))
    return {
        "type": "scatter", "mode": "lines+markers+text", "name": _("greedy"),
        "x": xs, "y": [row + 0.3] * len(xs), "text": ["", *(escape(_cut(token(i))) for i in taken)],
        "textposition": "top right", "cliponaxis": False, "textfont": {"size": 13},
        "line": {"color": "@q", "width": 2, "dash": "dot"},
        "marker": {"color": "@q", "size": 9, "symbol": "diamond"},
        "hoverinfo": "text",
        "hovertext": [
            _("greedy: the prompt"),
            *(
                _("greedy: {token}, {p}").format(
                    token=escape(token(i)), p=probability(2.718281828459045**log)
                )
                for i, log in zip(taken, greedy.log_probs, strict=False)
            ),
        ],
    }  # fmt: skip
