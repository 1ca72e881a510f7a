"""RoPE beside the alternatives, on the same contents and the same axes."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions_parts import shared
from ui import _, models

LONGEST = 128
SIZE = 64
HEADS = 8


@dataclass(frozen=True, slots=True)
class Setting:
    """What the scores of every scheme depend on."""

    length: int = 64
    rows: int = 48
    content: float = 1.0
    slope: float = 0.0
    base: float = shared.BASE
    kind: str = "random"
    strength: float = 20.0
    seed: int = 1


def table_of(held: Setting) -> Tensor:
    """A learned table: the encoder's own or an untrained one, times a strength."""
    if held.kind == "trained":
        weights = models.encoder().weights["embeddings.position_embeddings.weight"]
        return held.strength * weights[: held.rows]
    table = core.random_position_table(held.rows, SIZE, shared.generator(held.seed))
    return held.strength * table


@st.cache_resource(max_entries=64, show_spinner=False)
def scored(held: Setting) -> dict[str, core.PositionScores]:
    """A text whose every token has the same content, under every scheme."""
    table = table_of(held)
    q = held.content * torch.ones(held.length, table.shape[1])
    return {
        scheme: core.position_scores(q, q, scheme, table=table, base=held.base, slope=held.slope)
        for scheme in core.POSITION_SCHEMES
    }


def slope_of(head: int) -> float:
    """How steeply ALiBi falls in the head counted from 1."""
    return float(core.alibi_slopes(HEADS)[head - 1])


def held_setting() -> Setting:
    """The setting as the controls stand, drawn or not."""
    return Setting(
        int(ui.get("rope_T", 64)),
        int(ui.get("rope_rows", 48)),
        float(ui.get("rope_content", 1.0)),
        slope_of(int(ui.get("rope_alibi", 4))),
        float(ui.get("rope_base", shared.BASE)),
        str(ui.get("rope_table", "random")),
        float(ui.get("rope_strength", 20)),
        int(ui.get("rope_seed", 1)),
    )


def draw() -> None:
    """Draw the view."""
    schemes = ui.choices(
        _("Schemes"),
        {name: charts.scheme_name(name) for name in core.POSITION_SCHEMES},
        key="rope_schemes",
        value=core.POSITION_SCHEMES,
        hide_label=True,
    )
    columns = st.columns([1, 1, 1, 1, 0.6], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        length = int(ui.live_slider(_("Text length"), 2, LONGEST, 64, key="rope_T"))
    with columns[1]:
        rows = int(
            ui.live_slider(
                _("Table rows"), 2, LONGEST, 48, key="rope_rows",
                help=_("Of the learned table: the longest text of training."),
            )
        )  # fmt: skip
    with columns[2]:
        content = ui.live_slider(
            _("Content"), 0, 1, 1, 0.05, key="rope_content",
            help=_("Every number of q and k, the same in every token."), words={0: _("none")},
        )  # fmt: skip
    with columns[3]:
        head = int(ui.live_slider(_("ALiBi head"), 1, HEADS, 4, key="rope_alibi"))
    with columns[4], ui.more(_("More")):
        base = shared.base()
        kind = ui.choice(
            _("Learned table"),
            {"random": _("untrained, N(0, 0.02²)"), "trained": _("of the encoder (BERT)")},
            key="rope_table",
        )
        strength = ui.live_slider(
            _("table ×"), 0, 40, 20, 1, key="rope_strength",
            help=_("The projections to q and k scale it anyway."),
        )  # fmt: skip
        seed = shared.seed()
    held = Setting(length, rows, content, slope_of(head), base, kind, float(strength), seed)
    results = scored(held)
    left, right = st.columns([1.25, 1], gap="medium", vertical_alignment="bottom")
    with left:
        ui.plot(
            charts.distance_curves({name: results[name] for name in schemes}, low=-8.0),
            key="pos_schemes",
            alt=_("The mean score by distance under {schemes}.").format(
                schemes=", ".join(charts.scheme_name(scheme) for scheme in schemes)
            ),
            height=400,
        )
    with right:
        picture(held, results)
    facts(held)


def picture(held: Setting, results: dict[str, core.PositionScores]) -> None:
    """One scheme as a plane of scores, or its table."""
    options = {name: charts.scheme_name(name) for name in core.POSITION_SCHEMES[1:]}
    menu, kind_of = st.columns([1, 1.2], vertical_alignment="bottom")
    with menu:
        scheme = ui.choice(
            _("All positions"), options, key="rope_pic", value="sinusoidal", menu=True
        )
    with kind_of:
        has_table = scheme in ("sinusoidal", "learned")
        table = has_table and ui.switch(_("its table"), key="rope_raw")
    if table:
        made = (
            core.sinusoidal_encoding(held.length, SIZE, held.base)
            if scheme == "sinusoidal"
            else table_of(held)
        )
        spec = charts.table_rows(made)
        alt = _("The table of {scheme}, a row per position.")
    else:
        spec = charts.scheme_plane(results[scheme])
        alt = _("Scores of every pair of positions, {scheme}.")
    ui.plot(spec, key="pos_picture", alt=alt.format(scheme=charts.scheme_name(scheme)), height=330)


def facts(held: Setting) -> None:
    """What each scheme does beyond its training."""
    beyond = max(0, held.length - held.rows)
    ui.facts(
        [
            ui.Fact(
                _("learned table"),
                _("{n} tokens without a row").format(n=beyond),
                _("no extrapolation at all"),
            ),
            ui.Fact(_("sinusoidal"), _("any length"), _("added, so content and place mix")),
            ui.Fact("RoPE", _("any length"), _("distance only; unseen angles mislead")),
            ui.Fact("ALiBi", number(held.slope), _("subtracted per token of distance")),
        ]
    )
