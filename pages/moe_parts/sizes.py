"""The calculator: parameters held and used, FLOPs; known shapes; dense against sparse."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import ui
from charts import moe as charts
from charts.format import number, probability
from core.moe import KNOWN_MODELS, ModelShape, MoESize, dense_at_equal_flops, moe_parameters
from pages.moe_parts import hidden
from ui import _

START = "Mixtral 8x7B"
OF = "moe_s_of"  # the model that the sliders were last filled from


@st.cache_resource(max_entries=1, show_spinner=False)
def known() -> dict[str, MoESize]:
    """What every known shape costs."""
    return {name: moe_parameters(shape) for name, shape in KNOWN_MODELS.items()}


def state_of(name: str) -> dict[str, object]:
    """The sliders' values for a known model: what choosing it does."""
    shape = KNOWN_MODELS[name]
    return {
        "moe_model": name,
        OF: name,
        "moe_s_experts": shape.num_experts,
        "moe_s_k": shape.top_k,
        "moe_s_shared": shape.num_shared,
        "moe_s_width": shape.expert_dim,
    }


def draw() -> None:
    """Draw the view."""
    shape, context = _controls()
    pair = dense_at_equal_flops(shape, context)
    size = pair.sparse
    ui.plot(
        charts.compare_sizes(pair),
        key="moe_sizes",
        alt=_("{total} parameters in memory, {active} at work per token; dense: {dense}.").format(
            total=charts.billions(size.total),
            active=charts.billions(size.active),
            dense=charts.billions(pair.dense.total),
        ),
        height=250,
        least_width=480,
    )
    _facts(shape, size, pair.dense, pair.parameter_ratio)
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        ui.plot(
            charts.landscape(known(), size),
            key="moe_landscape",
            alt=_("{n} known models by parameters in memory and at work.").format(n=len(known())),
            height=430,
            least_width=440,
        )
    with right:
        _table(shape)
    if not ui.presenting():
        _sources()


def _controls() -> tuple[ModelShape, int]:
    columns = st.columns([1.35, 1, 0.9, 1, 1.45, 1.1], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        name = ui.choice(
            _("Start from"), {n: n for n in KNOWN_MODELS}, key="moe_model", value=START, menu=True
        )
    if st.session_state.setdefault(OF, name) != name:
        ui.set_state(state_of(name))
    shape = KNOWN_MODELS[name]
    with columns[1]:
        experts = ui.live_slider(
            _("Experts"), 1, 2048, shape.num_experts, 1, key="moe_s_experts", scale="log"
        )
    with columns[2]:
        top_k = ui.live_slider(
            "k", 1, 32, shape.top_k, 1, key="moe_s_k", words=hidden.beyond(int(experts), 32)
        )
    with columns[3]:
        shared = ui.live_slider(_("Shared"), 0, 8, shape.num_shared, 1, key="moe_s_shared")
    with columns[4]:
        width = ui.live_slider(
            _("Expert width"), 64, 32768, shape.expert_dim, 64, key="moe_s_width", scale="log"
        )
    with columns[5]:
        context = ui.live_slider(
            _("Context"), 0, 131072, 0, 1024, key="moe_s_context", scale="log",
            words={0.0: _("off")},
            help=_("How many tokens a new one attends to: adds the attention scores' FLOPs."),
        )  # fmt: skip
    changed = replace(
        shape,
        num_experts=int(experts),
        top_k=min(int(top_k), int(experts)),
        num_shared=int(shared),
        expert_dim=int(width),
    )
    if changed != shape:  # what its authors published is not said of another shape
        changed = replace(changed, published_total=None, published_active=None)
    return changed, int(context)


def _facts(shape: ModelShape, size: MoESize, dense: MoESize, ratio: float) -> None:
    total, active = shape.published_total, shape.published_active
    said = _("its authors: {n} B")
    memory = _("{n} GB at 16 bits").format(n=number(2 * size.total / 1e9))
    ui.facts(
        [
            ui.Fact(
                _("parameters in memory"),
                charts.billions(size.total),
                " · ".join([memory, *([said.format(n=f"{total:g}")] if total else [])]),
            ),
            ui.Fact(
                _("at work per token"),
                charts.billions(size.active),
                said.format(n=f"{active:g}") if active else "",
            ),
            ui.Fact(_("share at work"), probability(size.active / size.total)),
            ui.Fact(
                _("GFLOPs per token"),
                number(size.flops_per_token / 1e9),
                _("forward; the dense twin needs {n}").format(
                    n=number(dense.flops_per_token / 1e9)
                ),
            ),
            ui.Fact(
                _("against the dense twin"),
                f"× {number(ratio)}",
                _("parameters at equal FLOPs"),
            ),
        ]
    )


def _table(shape: ModelShape) -> None:
    rows = []
    for name, size in known().items():
        here = KNOWN_MODELS[name]
        choice = f"{here.top_k} / {here.num_experts}"
        choice += f" + {here.num_shared}" if here.num_shared else ""
        cells = (
            name,
            choice if here.num_experts > 1 else "—",
            charts.billions(size.total),
            charts.billions(size.active),
            number(size.flops_per_token / 1e9),
        )
        rows.append(ui.Row(cells, "marked" if name == shape.name else ""))
    head = (_("model"), _("k / experts + shared"), _("holds"), _("uses"), _("GFLOPs / token"))
    ui.table(head, rows, numbers=(1, 2, 3, 4))


def _sources() -> None:
    with st.expander(_("Sources of the shapes, and the figures that their authors state")):
        rows = [
            (
                name,
                "—" if shape.published_total is None else f"{shape.published_total:g} B",
                "—" if shape.published_active is None else f"{shape.published_active:g} B",
                shape.source,
            )
            for name, shape in KNOWN_MODELS.items()
        ]
        head = (_("model"), _("stated total"), _("stated active"), _("source"))
        ui.table(head, rows, numbers=(1, 2))
