"""The language model's own gates on the visitor's text."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import activations as charts
from charts.format import count, number, probability
from core import activations as core
from core.activations.gate_map import GateMap, gate_map
from pages.activations_parts.now import now
from ui import _, models

TEXT = "The gate decides what passes.\n门决定什么能通过。\ndef gate(x): return x * sigmoid(x)"
LIMIT = 128  # tokens; at 128 the gates of 30 layers are 6 million numbers
USED = "silu"  # what a Llama-architecture model applies to its gates
THRESHOLDS = (0.01, 0.03, 0.1, 0.3)


def read(ids: tuple[int, ...]) -> GateMap:
    """The gates of all layers, counted on the worker; the gates themselves are let go."""
    model = models.language_model()

    def work() -> GateMap:
        gates = model.trace(list(ids), keep=["gates"]).gates
        return gate_map(gates, USED, thresholds=THRESHOLDS)

    return models.compute(("act_gates", ids), work)


@st.cache_resource(max_entries=4, show_spinner=False)
def _silu(reach: float) -> core.Curve:
    return core.activation_curves([USED], torch.linspace(-reach, reach, 201))[0]


def draw() -> None:
    """Draw the view."""
    left, right = st.columns([1.5, 1], gap="large", vertical_alignment="bottom")
    with left:
        text = ui.live_text(_("Text"), TEXT, key="act_text", rows=3)
    model = models.language_model()
    layers = model.config.num_layers
    with right:
        layer = int(ui.live_slider(_("Layer"), 0, layers - 1, 0, 1, key="act_layer"))
        level = ui.choice(
            _("A gate is closed where |SiLU(g)| is below"),
            {f"{t:g}": f"{t:g}" for t in THRESHOLDS},
            key="act_closed",
            value="0.1",
        )
    ids, cut = models.encode_limited(text, LIMIT)
    if cut:
        ui.sentence(cut)
    if not ids:
        ui.note(_("Type a text: each of its tokens opens other gates."))
        return
    found = read(tuple(ids))
    now().gates = found
    threshold = found.thresholds.index(float(level))
    _figures(found, threshold, layer)
    _tokens(found, ids, threshold, layer)


def _figures(found: GateMap, threshold: int, layer: int) -> None:
    closed = found.closed_by_layer(threshold)
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        ui.plot(
            charts.gates(found, threshold, layer),
            key="act_gate_map",
            alt=_(
                "Gates by layer; closed in layer {l}: {here}, from {low} to {high} over all."
            ).format(
                l=layer,
                here=probability(float(closed[layer])),
                low=probability(float(closed.min())),
                high=probability(float(closed.max())),
            ),
            height=430,
            least_width=420,
            on_click=_choose,
        )
    with right:
        ui.plot(
            charts.layer_histogram(found, layer, _silu(float(found.edges[-1]))),
            key="act_gate_layer",
            alt=_("Histogram of layer {l}'s gates; their median is {m}.").format(
                l=layer, m=number(_median(found, layer))
            ),
            height=300,
        )
        read_off = found.statistics
        ui.facts(
            [
                ui.Fact(
                    _("closed in layer {n}").format(n=layer), probability(float(closed[layer]))
                ),
                ui.Fact(_("above 0"), probability(float(read_off.positive_share[layer]))),
                ui.Fact(_("median gate"), number(_median(found, layer))),
                ui.Fact(_("mean of |SiLU(g)|"), number(float(read_off.active_mean[layer]))),
            ]
        )


def _median(found: GateMap, layer: int) -> float:
    at = found.statistics.quantile_levels.index(0.5)
    return float(found.statistics.quantiles[layer, at])


def _choose(mark: dict[str, object]) -> None:
    y = mark.get("y")
    if isinstance(y, int | float):
        ui.set_state({"act_layer": round(y)})


def _tokens(found: GateMap, ids: list[int], threshold: int, layer: int) -> None:
    model = models.language_model()
    share = found.closed_share[threshold, layer].tolist()
    low, high = min(share), max(share)
    spread = max(high - low, 1e-9)
    ui.tokens(
        [
            ui.Token(
                ui.readable(model.token_bytes(i)),
                _("{share} of the gates closed").format(share=probability(closed)),
                probability(closed, 2),
                (high - closed) / spread,
            )
            for i, closed in zip(ids, share, strict=True)
        ],
        key="act_gate_tokens",
        label=_("The tokens; the stronger the color, the more gates of the layer are open"),
    )
    if not ui.presenting():
        config = model.config
        ui.note(
            _(
                "{units} gates a layer, {layers} layers. Under each token: its share of closed "
                "gates in the chosen layer; the strongest color has the fewest. The end bins of "
                "the histogram hold what lies beyond."
            ).format(units=count(config.hidden_dim), layers=config.num_layers)
        )
