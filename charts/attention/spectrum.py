"""Singular values of causal and bidirectional attention; entropy with and without 1/√d."""

from __future__ import annotations

import torch
from torch import Tensor

from charts.i18n import _
from charts.theme import Spec, axis, figure
from core.attention import ScaleStudy, Spectrum

FLOOR = 1e-9  # lower end of the axis for singular values
BAND = (0.1, 0.5, 0.9)  # quantiles of the heads


def spectra(causal: Spectrum, bidirectional: Spectrum, only: int | None = None) -> Spec:
    """Draw the singular values of two models' heads.

    Hundreds of lines would take the browser a tenth of a second per update. A band from the 10th
    to the 90th percentile of the heads shows as much.

    Args:
        causal: Of the language model, leading axes (L, H).
        bidirectional: Of the encoder, likewise.
        only: A layer of the language model to highlight.
    """
    traces: list[Spec] = []
    for name, color, spectrum in _kinds(causal, bidirectional):
        n = spectrum.singular_values.shape[-1]
        x = torch.arange(1, n + 1) / n
        flat = spectrum.singular_values.reshape(-1, n).clamp(min=FLOOR)
        low, middle, high = flat.quantile(torch.tensor(BAND, dtype=flat.dtype), dim=0).float()
        traces += [
            {
                "type": "scatter", "mode": "none", "x": torch.cat([x, x.flip(0)]),
                "y": torch.cat([high, low.flip(0)]), "fill": "toself", "fillcolor": color,
                "opacity": 0.22, "hoverinfo": "skip", "showlegend": False, "name": name,
            },
            {
                "type": "scatter", "mode": "lines", "x": x, "y": middle,
                "name": name, "line": {"color": color, "width": 3.5},
                "hovertemplate": _("median of the heads: %{y:.2g}") + "<extra></extra>",
            },
        ]  # fmt: skip
    drawn = only is not None and only < len(causal.singular_values)
    layer = slice(only, only + 1) if drawn and only is not None else slice(0, 0)
    own = causal.singular_values[layer].flatten(0, 1).clamp(min=FLOOR)
    n = causal.singular_values.shape[-1]
    xs, ys = _joined([(i + 1) / n for i in range(n)], own)
    traces.append(
        {
            "type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip",
            "line": {"color": "@accent", "width": 2}, "name": _("heads of the layer shown"),
        }
    )  # fmt: skip
    ticks = [-9, -6, -3, 0]
    return figure(
        *traces,
        margin={"l": 62, "r": 12, "t": 8, "b": 46},
        xaxis=axis(_("index of the singular value ∕ tokens"), range=[0, 1.01], fixedrange=True),
        yaxis=axis(
            _("singular value"), type="log", range=[-9.3, 1], fixedrange=True,
            tickvals=[10.0**t for t in ticks], ticktext=["≤10⁻⁹", "10⁻⁶", "10⁻³", "1"],
        ),
    )  # fmt: skip


def effective_ranks(causal: Spectrum, bidirectional: Spectrum) -> Spec:
    """Draw the effective rank of every head of two models by the depth of its layer."""
    return figure(
        *(_ranks(*kind) for kind in _kinds(causal, bidirectional)),
        margin={"l": 56, "r": 12, "t": 8, "b": 46},
        xaxis=axis(_("depth: layer ∕ last layer"), range=[-0.03, 1.03], fixedrange=True),
        yaxis=axis(_("effective rank ∕ tokens"), range=[0, 1.03], fixedrange=True),
    )


def _kinds(causal: Spectrum, bidirectional: Spectrum) -> list[tuple[str, str, Spectrum]]:
    return [
        (_("causal: language model"), "@p", causal),
        (_("bidirectional: encoder"), "@q", bidirectional),
    ]


def _joined(x: list[float], rows: Tensor) -> tuple[Tensor, Tensor]:
    """Join many lines into one trace, separated by NaN."""
    gap = torch.full((len(rows), 1), float("nan"))
    ys = torch.cat([rows.float(), gap], dim=1).flatten()
    xs = torch.tensor([*x, float("nan")]).repeat(len(rows))
    return xs, ys


def _ranks(name: str, color: str, spectrum: Spectrum) -> Spec:
    L, H = spectrum.effective_rank.shape
    n = spectrum.singular_values.shape[-1]
    layer, head = torch.arange(L).repeat_interleave(H), torch.arange(H).repeat(L)
    return {
        "type": "scatter", "mode": "markers", "x": layer.float() / max(1, L - 1),
        "y": (spectrum.effective_rank / n).flatten().float(),
        "customdata": torch.stack([layer, head], dim=1).float(),
        "marker": {"color": color, "size": 6, "opacity": 0.65}, "name": name,
        "hovertemplate": "L%{customdata[0]}H%{customdata[1]}: "
                         + _("effective rank %{y:.1%} of the tokens") + "<extra></extra>",
    }  # fmt: skip


def scale_lines(study: ScaleStudy) -> Spec:
    """Draw the entropy of attention over random keys by head size, with and without 1/√d."""
    dims = torch.tensor(study.dims).float()
    most = study.uniform_entropy
    return figure(
        *[
            {
                "type": "scatter", "mode": "lines+markers", "x": dims, "y": values,
                "name": name, "line": {"color": color, "width": 3}, "marker": {"size": 8},
                "customdata": tops,
                "hovertemplate": (
                    _("d = %{x}: %{y:.2f} bits, largest weight %{customdata:.2f}")
                    + "<extra></extra>"
                ),
            }
            for name, color, values, tops in (
                (_("with 1/√d"), "@p", study.scaled_entropy, study.scaled_top_weight),
                (_("without 1/√d"), "@q", study.unscaled_entropy, study.unscaled_top_weight),
            )
        ],
        margin={"l": 56, "r": 16, "t": 8, "b": 46},
        xaxis=axis(
            _("head size d"), type="log", tickvals=list(study.dims),
            ticktext=[str(d) for d in study.dims], fixedrange=True,
        ),
        yaxis=axis(_("entropy (bits)"), range=[0, most * 1.1], fixedrange=True),
        annotations=[
            {
                "xref": "paper", "x": 1, "y": most, "xanchor": "right", "yanchor": "bottom",
                "showarrow": False, "font": {"size": 12, "color": "@muted"},
                "text": _("uniform over {n} keys").format(n=round(2**most)),
            }
        ],
        shapes=[
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": most, "y1": most,
                "line": {"color": "@muted", "width": 1, "dash": "dot"},
            }
        ],
    )  # fmt: skip
