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


def _table(rows: int, kind: str, strength: float, seed: int) -> Tensor:
    """The learned table: the encoder's own or an untrained one, scaled."""
    if kind == "trained":
        return strength * models.encoder().weights["embeddings.position_embeddings.weight"][:rows]
    return strength * core.random_position_table(rows, SIZE, generator(seed))


@st.cache_resource(max_entries=64, show_spinner=False)
def _scored(
    length: int, content: float, base: float, slope: float, table: tuple[int, str, float, int]
) -> dict[str, core.PositionScores]:
    """A text whose tokens all have the same content, under every scheme."""
    learned = _table(*table)
    q = content * torch.ones(length, learned.shape[1])
    return {
        scheme: core.position_scores(q, q, scheme, table=learned, base=base, slope=slope)
        for scheme in core.POSITION_SCHEMES
    }


def _table_choice() -> tuple[int, str, float, int]:
    """The arguments of `_table`."""
    return (
        controls.rows.value,
        controls.table.value,
        controls.strength.value,
        controls.seed.value,
    )


def slope() -> float:
    """Return the slope of the chosen ALiBi head."""
    return float(core.alibi_slopes(controls.ALIBI_HEADS)[controls.alibi_head.value - 1])


def results() -> dict[str, core.PositionScores]:
    """Return every scheme's scores."""
    return _scored(
        controls.length.value,
        controls.content.value,
        controls.base.value,
        slope(),
        _table_choice(),
    )


def draw() -> None:
    """Draw the mean score by distance, and one scheme's scores or table."""
    scores, shown = results(), controls.schemes.value
    with ui.figure():
        ui.plot(
            charts.distance_curves({name: scores[name] for name in shown}, low=-8.0),
            key="pos_schemes",
            alt=_("The mean score by distance under {schemes}.").format(
                schemes=", ".join(charts.scheme_name(scheme) for scheme in shown)
            ),
            height=420,
        )
    with ui.second_figure():
        _second(scores)
    missing = max(0, controls.length.value - controls.rows.value)
    ui.facts(
        [
            ui.Fact(
                _("learned table"),
                _("{n} tokens without a row").format(n=missing),
                _("cannot extrapolate"),
            ),
            ui.Fact(_("sinusoidal"), _("any length"), _("added to the content")),
            ui.Fact("RoPE", _("any length"), _("depends on distance only")),
            ui.Fact("ALiBi", number(slope()), _("subtracted per token of distance")),
        ]
    )


def _second(scores: dict[str, core.PositionScores]) -> None:
    scheme = controls.scheme.value
    if controls.raw.value and scheme in ("sinusoidal", "learned"):
        spec = charts.table_rows(
            _table(*_table_choice())
            if scheme == "learned"
            else core.sinusoidal_encoding(controls.length.value, SIZE, controls.base.value)
        )
        alt = _("The position table of {scheme}, one row per position.")
    else:
        spec = charts.scheme_plane(scores[scheme])
        alt = _("The scores of every pair of positions under {scheme}.")
    ui.plot(spec, key="pos_picture", alt=alt.format(scheme=charts.scheme_name(scheme)), height=420)
