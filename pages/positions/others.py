"""RoPE and the alternatives, on the same content and the same axes."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from pages.positions import controls
from pages.positions.vectors import generator
from ui import _, models

SIZE = 64  # of a head, and of an untrained table's rows


@st.cache_resource(max_entries=64, show_spinner=False)
def _scored(
    length: int, content: float, base: float, head: int, table: tuple[int, str, float, int]
) -> tuple[dict[str, core.PositionScores], Tensor]:
    """The scores of tokens that all have the same content; the learned table."""
    rows, kind, strength, seed = table
    if kind == "trained":
        weights = models.encoder().weights["embeddings.position_embeddings.weight"]
        learned = strength * weights[:rows]
    else:
        learned = strength * core.random_position_table(rows, SIZE, generator(seed))
    q = content * torch.ones(length, learned.shape[1])
    scores = {
        scheme: core.position_scores(q, q, scheme, table=learned, base=base, slope=slope_of(head))
        for scheme in core.POSITION_SCHEMES
    }
    return scores, learned


def slope_of(head: int) -> float:
    """Return the slope of an ALiBi head, counted from 1."""
    return float(core.alibi_slopes(controls.ALIBI_HEADS)[head - 1])


def scored() -> tuple[dict[str, core.PositionScores], Tensor]:
    """Return every scheme's scores, and the learned table."""
    length, content, base = controls.length.value, controls.content.value, controls.base.value
    rows, kind, strength = controls.rows.value, controls.table.value, controls.strength.value
    table = rows, kind, strength, controls.seed.value
    return _scored(length, content, base, controls.alibi_head.value, table)


def draw() -> None:
    """Draw the mean score by distance, and one scheme's scores or table."""
    scores, table = scored()
    shown = {name: scores[name] for name in controls.schemes.value}
    names = ", ".join(charts.scheme_name(scheme) for scheme in shown)
    with ui.figure():
        ui.plot(
            charts.distance_curves(shown, low=-8.0),
            key="pos_schemes",
            alt=_("The mean score by distance under {schemes}.").format(schemes=names),
            height=420,
        )
    with ui.second_figure():
        _second(scores, table)
    slope = number(slope_of(controls.alibi_head.value))
    missing = _("{n} tokens").format(n=max(0, controls.length.value - controls.rows.value))
    ui.facts(
        [
            ui.Fact(_("learned table"), missing, _("without a row")),
            ui.Fact(_("sinusoidal"), _("any length"), _("added to the content")),
            ui.Fact("RoPE", _("any length"), _("depends on distance only")),
            ui.Fact("ALiBi", slope, _("subtracted per token of distance")),
        ]
    )


def _second(scores: dict[str, core.PositionScores], table: Tensor) -> None:
    scheme = controls.scheme.value
    if controls.raw.value and scheme in ("sinusoidal", "learned"):
        if scheme == "sinusoidal":
            table = core.sinusoidal_encoding(controls.length.value, SIZE, controls.base.value)
        spec = charts.table_rows(table)
        alt = _("The position table of {scheme}, one row per position.")
    else:
        spec = charts.scheme_plane(scores[scheme])
        alt = _("The scores of every pair of positions under {scheme}.")
    ui.plot(spec, key="pos_picture", alt=alt.format(scheme=charts.scheme_name(scheme)), height=360)
