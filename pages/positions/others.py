"""RoPE and the alternatives, on the same content and the same axes."""

from __future__ import annotations

from typing import Any

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
    ui.note(_cell(scores[controls.scheme.value], table), keep=True)
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
        spec = charts.table_rows(_rows(scheme, table))
        alt = _("The position table of {scheme}, one row per position.")
        click = None
    else:
        spec = charts.scheme_plane(scores[scheme], (_query(), _key()))
        alt = _("The scores of every pair of positions under {scheme}.")
        click = _choose_cell
    alt = alt.format(scheme=charts.scheme_name(scheme))
    ui.plot(spec, key="pos_picture", alt=alt, height=360, on_click=click)


def _query() -> int:
    return controls.cell_query.value


def _key() -> int:
    return controls.cell_key.value


def _rows(scheme: str, table: Tensor) -> Tensor:
    """Return the position vectors that "sinusoidal" or "learned" adds to the content."""
    if scheme == "learned":
        return table
    return core.sinusoidal_encoding(controls.length.value, table.shape[1], controls.base.value)


def _cell(result: core.PositionScores, table: Tensor) -> str:
    """Return the arithmetic of the chosen cell of the second figure."""
    m, n, scheme = _query(), _key(), controls.scheme.value
    fields = {"m": m, "n": n, "scheme": charts.scheme_name(scheme)}
    if not bool(result.defined[m, n]):
        text = _("m = {m}, n = {n}: the table has {rows} rows, so there is no score.")
        return text.format(rows=len(table), **fields)
    score = float(result.scores[m, n])
    content = controls.content.value * torch.ones(table.shape[1])
    if scheme in ("sinusoidal", "learned"):
        rows = _rows(scheme, table)
        terms = core.additive_terms(content, content, rows[m], rows[n])
        return _(
            "{scheme}, m = {m}, n = {n}: (q + pₘ)·(k + pₙ)/√d = {a} (q·k) {b} (pₘ·k) {c} "
            "(q·pₙ) {d} (pₘ·pₙ) = {score}, each term divided by √d. Click a cell to see its "
            "numbers."
        ).format(
            a=number(terms.content),
            b=_signed(terms.query_position),
            c=_signed(terms.key_position),
            d=_signed(terms.positions),
            score=number(terms.score),
            **fields,
        )
    none = number(float(content @ content) / len(content) ** 0.5)
    if scheme == "alibi":
        return _(
            "ALiBi, m = {m}, n = {n}: q·k/√d − slope · |m − n| = {none} − {slope} · {distance} = "
            "{score}. Click a cell to see its numbers."
        ).format(
            none=none,
            slope=number(slope_of(controls.alibi_head.value)),
            distance=abs(m - n),
            score=number(score),
            **fields,
        )
    return _(
        "RoPE, m = {m}, n = {n}: without positions q·k/√d = {none}; rotated, the score is {score}, "
        "as for every pair of positions with m − n = {distance}. Click a cell to see its numbers."
    ).format(none=none, score=number(score), distance=f"{m - n}".replace("-", "−"), **fields)


def _signed(x: float) -> str:
    """Return a term of a sum with its sign."""
    return f"{'−' if x < 0 else '+'} {number(abs(x))}"


def _choose_cell(mark: dict[str, Any]) -> None:
    """Choose the clicked pair of positions."""
    controls.cell_query.set(mark["y"])
    controls.cell_key.set(mark["x"])
