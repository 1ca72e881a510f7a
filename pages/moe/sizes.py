"""Model sizes: total and active parameters, FLOPs, and the dense model of equal cost."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core import moe
from pages.moe import controls
from ui import _


@cache
def known() -> dict[str, moe.MoESize]:
    """Return the size of every known model."""
    return {name: moe.moe_parameters(shape) for name, shape in moe.KNOWN_MODELS.items()}


def _shape() -> moe.ModelShape:
    """Return the chosen model's shape with the sliders' values."""
    shape = moe.KNOWN_MODELS[controls.model.value]
    values = {name: size.value for name, size in controls.sizes.items()}
    values["top_k"] = min(values["top_k"], values["num_experts"])
    changed = replace(shape, **values)
    if changed != shape:  # published figures hold for the published shape only
        changed = replace(changed, published_total=None, published_active=None)
    return changed


def draw() -> None:
    """Draw the parameters by part, the numbers, and the known models."""
    shape = _shape()
    pair = moe.dense_at_equal_flops(shape, controls.context.value)
    sizes = (pair.sparse.total, pair.sparse.active, pair.dense.total)
    total, active, dense = (charts.billions(n) for n in sizes)
    with ui.figure():
        ui.plot(
            charts.compare_sizes(pair),
            key="moe_sizes",
            alt=_(
                "{total} total parameters, {active} active per token; dense model: {dense}."
            ).format(total=total, active=active, dense=dense),
            height=320,
        )
    _facts(shape, pair)
    ui.note(
        _(
            "Each token uses {k} of {e} routed experts per layer, and so {active} of {total} "
            "parameters ({share})."
        ).format(
            k=shape.top_k,
            e=shape.num_experts,
            active=active,
            total=total,
            share=probability(pair.sparse.active / pair.sparse.total),
        ),
        keep=True,
    )
    ui.formula(_formula(shape, pair.sparse))
    ui.note(
        _(
            "The FFN of the dense model is as wide as all active experts together. The MoE needs "
            "{more} more FLOPs per token, for its router. In the figure below, the "
            "ring is the shape chosen here. Click a model to start from it."
        ).format(more=probability(pair.flops_ratio - 1, 2))
    )
    ui.plot(
        charts.landscape(known(), pair.sparse),
        key="moe_landscape",
        alt=_("{n} known models by total and active parameters.").format(n=len(known())),
        height=430,
        least_width=440,
        on_click=_picked,
    )
    _table(shape)


def _picked(mark: dict[str, Any]) -> None:
    """Start from a clicked model."""
    if mark["curve"] == 1:  # the known models
        controls.model.set(list(known())[mark["point"]])
        controls.fill()


def _formula(shape: moe.ModelShape, size: moe.MoESize) -> str:
    """Return total and active parameters from the size of one expert as LaTeX."""
    layers = shape.layers - shape.dense_layers
    one = size.experts // shape.num_experts
    rest = size.total - size.experts

    def billions(n: int) -> str:
        value, _space, unit = charts.billions(n).partition(" ")
        return rf"{value}\text{{ {unit}}}"

    def line(name: str, count: int, whole: int) -> str:
        return rf"\text{{{name}}}&={billions(rest)}+{count}\cdot {billions(one)}={billions(whole)}"

    factors = rf"{layers}\cdot {shape.ffn_matrices}\cdot {shape.dim}\cdot {shape.expert_dim}"
    expert = rf"\text{{{_('one expert in all layers')}}}&={factors}={billions(one)}"
    lines = [
        expert,
        line(_("total parameters"), shape.num_experts, size.total),
        line(_("active parameters"), shape.top_k, size.active),
    ]
    return r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}"


def _facts(shape: moe.ModelShape, pair: moe.EqualFlops) -> None:
    size, dense = pair.sparse, pair.dense
    memory = _("{n} GB at 16 bits").format(n=number(2 * size.total / 1e9))
    share = _("{share} of the total").format(share=probability(size.active / size.total))
    flops = _("forward pass; dense model: {n}").format(n=number(dense.flops_per_token / 1e9))

    def parameters(name: str, counted: int, published: float | None, note: str) -> ui.Fact:
        notes = [] if published is None else [_("published: {n} B").format(n=f"{published:g}")]
        return ui.Fact(name, charts.billions(counted), " · ".join([*notes, note]))

    ui.facts(
        [
            parameters(_("total parameters"), size.total, shape.published_total, memory),
            parameters(_("active per token"), size.active, shape.published_active, share),
            ui.Fact(_("GFLOPs per token"), number(size.flops_per_token / 1e9), flops),
            ui.Fact(
                _("total, MoE / dense"), f"× {number(pair.parameter_ratio)}", _("at equal FLOPs")
            ),
        ]
    )


def _table(shape: moe.ModelShape) -> None:
    """Draw the known models: computed and published sizes, and their sources."""

    def billions(published: float | None) -> str:
        return "—" if published is None else f"{published:g} B"

    rows = []
    for name, size in known().items():
        model = moe.KNOWN_MODELS[name]
        choice = f"{model.top_k} / {model.num_experts}" if model.num_experts > 1 else "—"
        choice += f" + {model.num_shared}" if model.num_shared else ""
        cells = (
            name, choice, charts.billions(size.total), billions(model.published_total),
            charts.billions(size.active), billions(model.published_active),
            number(size.flops_per_token / 1e9),
        )  # fmt: skip
        rows.append(ui.Row(cells, "marked" if name == shape.name else ""))
    head = (
        _("model"), _("k / experts + shared"), _("total"), _("published"), _("active parameters"),
        _("published"), _("GFLOPs per token"),
    )  # fmt: skip
    ui.table(head, rows, numbers=(2, 3, 4, 5, 6))
    with st.expander(_("Sources of the shapes and published sizes")):
        sources = [(name, model.source) for name, model in moe.KNOWN_MODELS.items()]
        ui.table((_("model"), _("source")), sources)
