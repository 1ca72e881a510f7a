"""The language model's own gates on the visitor's text."""

from __future__ import annotations

import torch

import ui
from charts import activations as charts
from charts.format import count, number, probability
from core import activations as core
from core.activations.gate_map import GateMap, gate_map
from pages.activations import controls
from ui import _, models

LIMIT = 128  # tokens; at 128 the gates of 30 layers are 6 million numbers
ACTIVATION = "silu"  # what a Llama-architecture model applies to its gates


def read(ids: tuple[int, ...]) -> GateMap:
    """Return the statistics of all gates, counted on the worker, which drops the gates."""
    model = models.language_model()

    def work() -> GateMap:
        gates = model.trace(list(ids), keep=["gates"]).gates
        return gate_map(gates, ACTIVATION, thresholds=controls.THRESHOLDS)

    return models.compute(("act_gates", ids), work)


def draw() -> None:
    """Draw the gates of all layers, then those of the chosen layer and of each token."""
    ids, cut = models.encode_limited(controls.text.value, LIMIT)
    if cut:
        ui.sentence(cut)
    if not ids:
        ui.note(_("Type a text. The figure shows the gates on its tokens."), keep=True)
        return
    found = read(tuple(ids))
    reach = float(found.edges[-1])
    silu = core.activation_curves([ACTIVATION], torch.linspace(-reach, reach, 201))[0]
    layer = controls.layer.value
    threshold = found.thresholds.index(float(controls.threshold.value))
    closed = found.closed_by_layer(threshold)
    of = found.statistics
    median = number(float(of.quantiles[layer, of.quantile_levels.index(0.5)]))
    with ui.figure():
        ui.plot(
            charts.gates(found, threshold, layer),
            key="act_gate_map",
            alt=_("Gates by layer; in layer {n}, {share} of them are closed.").format(
                n=layer, share=probability(float(closed[layer]))
            ),
            height=420,
            on_click=lambda mark: controls.layer.set(mark.get("y")),
        )
    with ui.second_figure():
        ui.plot(
            charts.layer_histogram(found, layer, silu),
            key="act_gate_layer",
            alt=_("Histogram of the gates in layer {n}; their median is {m}.").format(
                n=layer, m=median
            ),
            height=420,
        )
    width = models.language_model().config.hidden_dim
    ui.note(
        _(
            "Layer {n}: {closed} of the {all} gates ({width} gates × {tokens} tokens) have "
            "|SiLU(g)| < {threshold}: they multiply their values by less than {threshold}. Click a "
            "layer to choose it."
        ).format(
            n=layer,
            closed=count(round(float(closed[layer]) * width * len(ids))),
            all=count(width * len(ids)),
            width=count(width),
            tokens=len(ids),
            threshold=controls.threshold.value,
        ),
        keep=True,
    )
    ui.facts(
        [
            ui.Fact(_("closed in layer {n}").format(n=layer), probability(float(closed[layer]))),
            ui.Fact(_("above 0"), probability(float(of.positive_share[layer]))),
            ui.Fact(_("median gate"), median),
            ui.Fact(_("mean of |SiLU(g)|"), number(float(of.active_mean[layer]))),
            ui.Fact(_("gates per layer"), count(width)),
        ]
    )
    _tokens(ids, found.closed_share[threshold, layer].tolist())
    ui.model_card()


def _tokens(ids: list[int], closed: list[float]) -> None:
    """Draw each token with its share of closed gates in the chosen layer."""
    ui.tokens(
        [
            ui.Token(
                models.token(i),
                _("{share} of the gates are closed").format(share=probability(share)),
                probability(share, 2),
            )
            for i, share in zip(ids, closed, strict=True)
        ],
        key="act_gate_tokens",
        label=_("The tokens, each with its share of closed gates in the chosen layer"),
    )
    ui.note(
        _(
            "The number under a token is its share of closed gates in the chosen layer. The "
            "outermost bins also count the gates beyond the axis."
        )
    )
