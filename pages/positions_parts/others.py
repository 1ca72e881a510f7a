"""RoPE beside the alternatives, on the same contents and the same axes."""

from __future__ import annotations

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


def table_of(kind: str, rows: int, strength: float, seed: int) -> Tensor:
    """A learned table: the encoder's own or an untrained one, times a strength."""
    if kind == "trained":
        weights = models.encoder().weights["embeddings.position_embeddings.weight"]
        return strength * weights[:rows]
    return strength * core.random_position_table(rows, SIZE, shared.generator(seed))


@st.cache_resource(max_entries=128, show_spinner=False)
def scored(
    scheme: str,
    length: int,
    content: float,
    base: float,
    slope: float,
    kind: str,
    rows: int,
    strength: float,
    seed: int,
) -> core.PositionScores:
    """A text whose every token has the same content, under one scheme."""
    table = table_of(kind, rows, strength, seed)
    one = content * torch.ones(table.shape[1])
    q = one.expand(length, -1)
    return core.position_scores(q, q, scheme, table=table, base=base, slope=slope)  # fmt: skip


def draw() -> None:
    """Draw the view."""
    schemes = ui.choices(
        _("Schemes"),
        {name: charts.scheme_name(name) for name in core.POSITION_SCHEMES},
        key="rope_schemes",
        value=core.POSITION_SCHEMES,
    )
    columns = st.columns([1, 1, 1, 1, 0.75], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        length = int(ui.live_slider(_("Length of the text"), 2, LONGEST, 64, key="rope_T"))
    with columns[1]:
        rows = int(
            ui.live_slider(
                _("Rows of the learned table"), 2, LONGEST, 48, key="rope_rows",
                help=_("The longest text of training; beyond it there is no row."),
            )
        )  # fmt: skip
    with columns[2]:
        content = ui.live_slider(
            _("Content"), 0, 1, 0.3, 0.05, key="rope_content",
            help=_("Every number of q and k, the same in every token."), words={0: _("none")},
        )  # fmt: skip
    with columns[3]:
        head = int(ui.live_slider(_("ALiBi head"), 1, HEADS, 4, key="rope_alibi"))
    with columns[4], ui.more():
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
    slope = float(core.alibi_slopes(HEADS)[head - 1])
    rest = (length, content, base, slope, kind, rows, float(strength), seed)
    results = {scheme: scored(scheme, *rest) for scheme in schemes}
    left, right = st.columns([1.25, 1], gap="medium", vertical_alignment="bottom")
    with left:
        ui.plot(
            charts.distance_curves(results, low=-8.0),
            key="pos_schemes",
            alt=_("The mean score by distance under {schemes}.").format(
                schemes=", ".join(charts.scheme_name(scheme) for scheme in schemes)
            ),
            height=400,
        )
    with right:
        picture(rest)
    facts(slope, length, rows)


def picture(rest: tuple[int, float, float, float, str, int, float, int]) -> None:
    """One scheme as a plane of scores, or its table."""
    length, _content, base, _slope, kind, rows, strength, seed = rest
    options = {name: charts.scheme_name(name) for name in core.POSITION_SCHEMES[1:]}
    scheme = ui.choice(_("All positions"), options, key="rope_pic", value="sinusoidal", menu=True)
    table = scheme in ("sinusoidal", "learned") and ui.switch(
        _("the table instead of its products"), key="rope_raw"
    )
    if table:
        made = (
            core.sinusoidal_encoding(length, SIZE, base)
            if scheme == "sinusoidal"
            else table_of(kind, rows, strength, seed)
        )
        spec = charts.table_rows(made)
        alt = _("The table of {scheme}, a row per position.")
    else:
        spec = charts.scheme_plane(scored(scheme, *rest))
        alt = _("Scores of every pair of positions, {scheme}.")
    ui.plot(spec, key="pos_picture", alt=alt.format(scheme=charts.scheme_name(scheme)), height=330)


def facts(slope: float, length: int, rows: int) -> None:
    """What each scheme does beyond its training."""
    beyond = max(0, length - rows)
    ui.facts(
        [
            ui.Fact(
                _("learned table"),
                _("{n} tokens without a row").format(n=beyond),
                _("no extrapolation at all"),
            ),
            ui.Fact(_("sinusoidal"), _("any length"), _("added, so content and place mix")),
            ui.Fact("RoPE", _("any length"), _("distance only; unseen angles mislead")),
            ui.Fact("ALiBi", number(slope), _("subtracted per token of distance")),
        ]
    )
