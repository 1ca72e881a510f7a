"""The thumbnails of the map: vectors, an attention head, the gates of a layer, the next token."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.format import probability
from charts.i18n import _
from charts.theme import Spec, axis, escape, figure, label_margin

LABELED = 8  # tokens with a label on the axis; of longer texts every second or third has one
LONGEST_LABEL = 11  # characters
TOP = 5


def short(word: str) -> str:
    """Return a token short enough for an axis."""
    return word if len(word) <= LONGEST_LABEL else word[: LONGEST_LABEL - 1] + "…"


def attention(
    weights: Tensor, words: Sequence[str], title: str, cell: tuple[int, int] | None = None
) -> Spec:
    """Draw one head: queries as rows, keys as columns, masked cells blank.

    Args:
        weights: (T, T).
        words: T tokens in visible characters.
        title: Heading of the panel.
        cell: (query, key) of the outlined cell.
    """
    masked = torch.ones_like(weights).triu(1).bool()
    names = [escape(word) for word in words]
    hover = [
        [f"<b>{query} → {key}</b><br>{weight:.3f}" for key, weight in zip(names, row, strict=True)]
        for query, row in zip(names, weights.tolist(), strict=True)
    ]
    heat = {
        "z": weights.float().sqrt().masked_fill(masked, torch.nan),
        "zmin": 0,
        "zmax": 1,
        "colorscale": "@sequential",
        "hovertext": hover,
    }
    return _cells(heat, words, len(words), _("key"), title, cell)


def gates(
    activations: Tensor,
    units: Sequence[int],
    words: Sequence[str],
    title: str,
    cell: tuple[int, int] | None = None,
) -> Spec:
    """Draw SiLU(gate) of some units: tokens as rows, units as columns.

    Args:
        activations: (T, U).
        units: The U indices in the layer.
        words: T tokens in visible characters.
        title: Heading of the panel.
        cell: (token, column) of the outlined cell.
    """
    heat = _signed(activations, units, _("unit %{customdata}: SiLU(gate) = %{z:.3f}"))
    return _cells(heat, words, len(units), _("unit of the FFN"), title, cell)


def vectors(
    values: Tensor,
    dimensions: Sequence[int],
    words: Sequence[str],
    title: str,
    cell: tuple[int, int] | None = None,
) -> Spec:
    """Draw some numbers of each token's vector: tokens as rows, dimensions as columns.

    Args:
        values: (T, U).
        dimensions: The U indices in the vector.
        words: T tokens in visible characters.
        title: Heading of the panel.
        cell: (token, column) of the outlined cell.
    """
    heat = _signed(values, dimensions, _("dimension %{customdata}: %{z:.3f}"))
    return _cells(heat, words, len(dimensions), _("dimension"), title, cell)


def _signed(values: Tensor, columns: Sequence[int], hover: str) -> Spec:
    """Return a heatmap of values with zero in the middle of its colors."""
    reach = max(float(torch.quantile(values.abs().float(), 0.95)), 1e-6)
    return {
        "z": values.float(),
        "zmin": -reach,
        "zmax": reach,
        "colorscale": "@diverging",
        "customdata": torch.as_tensor(columns).expand(values.shape),
        "hovertemplate": hover + "<extra></extra>",
    }


def _cells(
    heat: Spec,
    words: Sequence[str],
    columns: int,
    name: str,
    title: str,
    cell: tuple[int, int] | None,
) -> Spec:
    T = len(words)
    ticks = list(range(0, T, -(-T // LABELED)))
    labels = [escape(short(words[i])) for i in ticks]
    row, column = cell or (-9, -9)
    trace = {"type": "heatmap", "showscale": False, "hoverongaps": False, "hoverinfo": "text"}
    return figure(
        trace | heat,
        margin={"l": label_margin([short(words[i]) for i in ticks]), "r": 8, "t": 34, "b": 30},
        xaxis=axis(
            name,
            range=[-0.5, columns - 0.5],
            showticklabels=False,
            ticks="",
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
        yaxis=axis(
            range=[T - 0.5, -0.5],
            tickvals=ticks,
            ticktext=labels,
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
        annotations=[_heading(title)],
        shapes=[
            {
                "type": "rect",
                "x0": column - 0.5,
                "x1": column + 0.5,
                "y0": row - 0.5,
                "y1": row + 0.5,
                "line": {"color": "@accent", "width": 3},
                "visible": cell is not None,
            }
        ],
    )


def next_token(
    probs: Sequence[float], words: Sequence[str], drawn: int, title: str, picked: int | None = None
) -> Spec:
    """Draw the most likely next tokens and, as the last row, all others together.

    Args:
        probs: Probabilities of the rows, the last of them that of all other tokens.
        words: Labels of the rows.
        drawn: Row of the drawn token.
        title: Heading of the panel.
        picked: Row that is outlined.
    """
    rows = list(range(len(probs)))
    texts = [probability(p, 2) for p in probs]
    line = [3 if row == picked else 0 for row in rows]
    return figure(
        {
            "type": "bar",
            "orientation": "h",
            "x": list(probs),
            "y": rows,
            "width": 0.8,
            "text": texts,
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {
                "color": [_color(row, drawn, len(probs)) for row in rows],
                "line": {"color": "@accent", "width": line},
            },
            "hoverinfo": "text",
            "hovertext": [f"<b>{escape(w)}</b><br>{t}" for w, t in zip(words, texts, strict=True)],
        },
        margin={"l": label_margin([short(w) for w in words]), "r": 8, "t": 34, "b": 30},
        xaxis=axis(
            _("probability"),
            range=[0, 1.32],
            showticklabels=False,
            ticks="",
            showgrid=False,
            fixedrange=True,
        ),
        yaxis=axis(
            range=[len(probs) - 0.5, -0.5],
            tickvals=rows,
            ticktext=[escape(short(w)) for w in words],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
        annotations=[_heading(title)],
    )


def _color(row: int, drawn: int, rows: int) -> str:
    if row == drawn:
        return "@kept"
    return "@removed" if row == rows - 1 else "@p"


def _heading(title: str) -> Spec:
    """Return the station's name above its panel."""
    return {
        "text": f"<b>{title}</b>",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 5,
        "showarrow": False,
        "font": {"size": 14},
    }
