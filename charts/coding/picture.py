"""A picture before and after a noisy channel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from charts.theme import Spec, axis, figure

GAP = 4  # pixels between two pictures
TITLE = 5  # pixels above a picture, for its title


def pictures(
    original: Tensor, received: Sequence[Tensor], names: Sequence[str], mark: bool
) -> Spec:
    """Draw a picture and what came out of the channel, side by side.

    Args:
        original: (S, S) bool.
        received: Pictures of the same size.
        names: Titles of all of them, the original's first.
        mark: Whether wrong pixels have a color of their own.
    """
    shown = [original, *received]
    size, width = original.shape[0], original.shape[1]
    parts = []
    for picture in shown:
        values = picture.float()
        if mark:
            values = torch.where(picture ^ original, 2.0, values)
        parts += [values, values.new_full((size, GAP), torch.nan)]
    whole = torch.cat(parts[:-1], 1)
    step = width + GAP
    return figure(
        {
            "type": "heatmap", "z": whole, "zmin": 0, "zmax": 2, "showscale": False,
            "colorscale": [[0, "@grid"], [0.25, "@grid"], [0.25, "@ink"], [0.75, "@ink"],
                           [0.75, "@negative"], [1, "@negative"]],
            "hoverinfo": "skip",
        },
        margin={"l": 6, "r": 6, "t": 4, "b": 4},
        xaxis=axis(range=[-0.5, whole.shape[1] - 0.5], visible=False, fixedrange=True,
                   constrain="domain"),
        yaxis=axis(range=[size - 0.5, -0.5 - TITLE], visible=False, fixedrange=True,
                   scaleanchor="x", constrain="domain"),
        annotations=[
            {
                "xref": "x", "yref": "y", "x": i * step + (width - 1) / 2, "y": -1.2,
                "yanchor": "bottom", "text": name,
                "showarrow": False, "font": {"size": 14, "color": "@ink"},
            }
            for i, name in enumerate(names)
        ],
    )  # fmt: skip
