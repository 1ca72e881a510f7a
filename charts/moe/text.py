"""The experts of a text's tokens, and the specialization of experts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from charts.format import number, probability
from charts.i18n import _
from charts.moe.cells import fraction, numbers, outlines
from charts.moe.experts import header, name
from charts.theme import Spec, axis, escape, figure, label_margin
from core.moe import Specialization
from core.moe.tiny_lm import MoETextTrace


def token_layers(trace: MoETextTrace, at: int, layer: int, word: str) -> Spec:
    """Draw a token's router probabilities in every layer; the chosen experts are outlined."""
    probs = trace.probs[:, at]
    L, E = probs.shape
    chosen = trace.expert_index[:, at]
    labeled = torch.zeros(L, E, dtype=torch.bool).scatter(1, chosen, True)
    labeled[layer] = True  # labeling every cell would slow each update
    line = _("<b>{token}, layer {layer} → {expert}</b><br>probability {p}")
    return figure(
        {
            "type": "heatmap", "z": probs.to(torch.float32), "colorscale": "@sequential",
            "zmin": 0.0, "zmax": 1.0, "showscale": False, "xgap": 2, "ygap": 2,
            "hoverinfo": "text",
            "hovertext": [
                [
                    line.format(
                        token=escape(word), layer=i + 1, expert=name(e), p=probability(p)
                    )
                    for e, p in enumerate(row)
                ]
                for i, row in enumerate(probs.tolist())
            ],
        },
        header(E, -1.0),
        outlines(chosen),
        numbers(probs.masked_fill(~labeled, torch.nan), 1.0, 0.55, fraction),
        margin={"l": 66, "r": 8, "t": 4, "b": 8},
        xaxis=axis(
            range=[-0.55, E - 0.45], fixedrange=True, showgrid=False, zeroline=False,
            showticklabels=False,
        ),
        yaxis=axis(
            range=[L - 0.45, -1.55], tickvals=list(range(L)),
            ticktext=[_("layer {n}").format(n=i + 1) for i in range(L)],
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        shapes=[
            {
                "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": layer - 0.5,
                "y1": layer + 0.5, "line": {"color": "@ink", "width": 3},
                "fillcolor": "rgba(0,0,0,0)",
            }
        ],
    )  # fmt: skip


def specialized(
    result: Specialization,
    layer: int,
    domains: Mapping[str, str],
    own: Sequence[float] | None = None,
    at: int = -1,
) -> Spec:
    """Draw domains × experts of one layer: each expert's share of a domain's assignments.

    The number stands on the cells above the even share.

    Args:
        result: The measured specialization.
        layer: From 0.
        domains: Name of a domain to its label.
        own: The shares in the visitor's text, drawn as one more row.
        at: The expert whose column is outlined; -1 for none.
    """
    share = result.share[layer].T.to(torch.float32)  # (D, E)
    mean = share.mean(dim=0)
    labels = [domains.get(domain, domain) for domain in result.domains]
    if own is not None:
        share = torch.cat((share, torch.tensor([list(own)])))
        labels.append(_("your text"))
    D, E = share.shape
    end = max(0.4, float(result.share.max()))
    line = _("<b>{domain} → {expert}</b><br>{share} of its assignments<br>{lift} × the mean")
    return figure(
        {
            "type": "heatmap", "z": share, "colorscale": "@sequential", "zmin": 0.0,
            "zmax": end, "showscale": False, "xgap": 2, "ygap": 2,
            "hoverinfo": "text",
            "hovertext": [
                [
                    line.format(
                        domain=escape(labels[d]), expert=name(e), share=probability(p),
                        lift=number(p / float(mean[e]), 2) if mean[e] > 0 else "—",
                    )
                    for e, p in enumerate(row)
                ]
                for d, row in enumerate(share.tolist())
            ],
        },
        header(E, -1.0),
        numbers(
            share.masked_fill(share < 1 / E, torch.nan), end, 0.55, lambda p: probability(p, 2)
        ),
        margin={"l": label_margin(labels), "r": 8, "t": 4, "b": 8},
        xaxis=axis(
            range=[-0.55, E - 0.45], fixedrange=True, showgrid=False, zeroline=False,
            showticklabels=False,
        ),
        yaxis=axis(
            range=[D - 0.45, -1.55], tickvals=list(range(D)),
            ticktext=[escape(label) for label in labels],
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        shapes=[
            {
                "type": "rect", "yref": "paper", "x0": at - 0.5, "x1": at + 0.5, "y0": 0, "y1": 1,
                "line": {"color": "@ink", "width": 3}, "fillcolor": "rgba(0,0,0,0)",
                "visible": at >= 0,
            }
        ],
    )  # fmt: skip


def information(result: Specialization, layer: int) -> Spec:
    """Draw the mutual information of expert and domain by layer; the line marks chance."""
    values = result.mutual_information
    L = len(values)
    return figure(
        {
            "type": "bar", "x": list(range(L)), "y": values.to(torch.float32), "width": 0.6,
            "marker": {"color": "@ink", "opacity": [1 if i == layer else 0.4 for i in range(L)]},
            "text": [number(v, 2) for v in values.tolist()], "textposition": "outside",
            "cliponaxis": False, "hoverinfo": "skip",
        },
        margin={"l": 56, "r": 8, "t": 8, "b": 46},
        xaxis=axis(
            _("layer"), tickvals=list(range(L)), ticktext=[str(i + 1) for i in range(L)],
            fixedrange=True, showgrid=False, zeroline=False,
        ),
        yaxis=axis(
            _("mutual information (bits)"), range=[0, result.ceiling], fixedrange=True,
            zeroline=False, nticks=5,
        ),
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": result.chance,
                "y1": result.chance, "line": {"color": "@ink", "width": 1.5, "dash": "dash"},
            }
        ],
    )  # fmt: skip
