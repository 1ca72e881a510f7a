"""Model sizes: total and active parameters, FLOPs, and the dense model of equal cost."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import (
    KNOWN_MODELS,
    EqualFlops,
    ModelShape,
    MoESize,
    dense_at_equal_flops,
    moe_parameters,
)
from pages.moe import controls
from ui import _


@st.cache_resource(max_entries=1, show_spinner=False)
def known() -> dict[str, MoESize]:
    """Return the size of every known model."""
    return {name: moe_parameters(shape) for name, shape in KNOWN_MODELS.items()}


def _shape() -> ModelShape:
    """Return the chosen model's shape with the sliders' values."""
    shape = KNOWN_MODELS[controls.model.value]
    values = {name: size.value for name, size in controls.sizes.items()}
    values["top_k"] = min(values["top_k"], values["num_experts"])
    changed = replace(shape, **values)
    if changed != shape:  # published figures hold for the published shape only
        changed = replace(changed, published_total=None, published_active=None)
    return changed


def draw() -> None:
    """Draw the parameters by part, the known models, and the numbers."""
    shape = _shape()
    pair = dense_at_equal_flops(shape, controls.context.value)
    with ui.figure():
        ui.plot(
            charts.compare_sizes(pair),
            key="moe_sizes",
            alt=_(
                "{total} total parameters, {active} active per token; dense model: {dense}."
            ).format(
                total=charts.billions(pair.sparse.total),
                active=charts.billions(pair.sparse.active),
                dense=charts.billions(pair.dense.total),
            ),
            height=400,
        )
    with ui.second_figure():
        ui.plot(
            charts.landscape(known(), pair.sparse),
            key="moe_landscape",
            alt=_("{n} known models by total and active parameters.").format(n=len(known())),
            height=400,
        )
    _facts(shape, pair)
    _table(shape)
    ui.note(
        _(
            "Numbers in parentheses are the authors' figures; the others are computed from the "
            "shape. The dense model has the same FLOPs per token: its FFNs are as wide as all "
            "active experts together."
        )
    )


def _facts(shape: ModelShape, pair: EqualFlops) -> None:
    size, dense = pair.sparse, pair.dense
    ui.facts(
        [
            ui.Fact(
                _("total parameters"),
                _with_published(size.total, shape.published_total),
                _("{n} GB at 16 bits").format(n=number(2 * size.total / 1e9)),
            ),
            ui.Fact(
                _("active per token"),
                _with_published(size.active, shape.published_active),
                _("{share} of the total").format(share=probability(size.active / size.total)),
            ),
            ui.Fact(
                _("GFLOPs per token"),
                number(size.flops_per_token / 1e9),
                _("forward pass; dense model: {n}").format(n=number(dense.flops_per_token / 1e9)),
            ),
            ui.Fact(
                _("total, MoE / dense"),
                f"× {number(pair.parameter_ratio)}",
                _("at equal FLOPs per token"),
            ),
        ]
    )


def _with_published(parameters: int, published: float | None) -> str:
    """Return a count with the authors' figure, if there is one, in parentheses."""
    computed = charts.billions(parameters)
    return computed if published is None else f"{computed} ({published:g} B)"


def _table(shape: ModelShape) -> None:
    rows = []
    for name, size in known().items():
        model = KNOWN_MODELS[name]
        choice = f"{model.top_k} / {model.num_experts}"
        choice += f" + {model.num_shared}" if model.num_shared else ""
        cells = (
            name,
            choice if model.num_experts > 1 else "—",
            _with_published(size.total, model.published_total),
            _with_published(size.active, model.published_active),
            number(size.flops_per_token / 1e9),
            model.source,
        )
        rows.append(ui.Row(cells, "marked" if name == shape.name else ""))
    head = (
        _("model"),
        _("k / experts + shared"),
        _("total"),
        _("active"),
        _("GFLOPs per token"),
        _("source"),
    )
    ui.table(head, rows, numbers=(2, 3, 4))
