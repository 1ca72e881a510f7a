"""The tables of the positions page."""

from __future__ import annotations

from collections.abc import Iterable

import torch

import ui
from charts import positions as charts
from core import positions as core
from pages.positions import controls, extend, others
from pages.positions.vectors import only_pair, vectors
from ui import _


def _table(columns: dict[str, Iterable[object]]) -> ui.Table:
    values = [c.tolist() if isinstance(c, torch.Tensor) else c for c in columns.values()]
    return list(columns), list(zip(*values, strict=True))


def _pairs() -> ui.Table:
    """Every pair's frequency, wavelength and turns; its relative frequency under each scaling."""
    size, base = int(controls.model_size.value), controls.base.value
    context = controls.context.value
    clocks = core.pair_clocks(size, context, base)
    columns: dict[str, Iterable[object]] = {
        _("pair"): range(size // 2),
        _("radians per token"): clocks.frequencies,
        _("wavelength, tokens"): clocks.wavelengths,
        _("turns in {n} tokens").format(n=context): clocks.turns,
    }
    for kind, ratio in extend.ratios(extend.scalings(core.ROPE_SCALINGS)).items():
        name = _("relative frequency, {scaling}").format(scaling=charts.scaling_name(kind))
        columns[name] = ratio
    return _table(columns)


def _distances() -> ui.Table:
    """q·k of the q·k view's vectors by distance, with every pair's term."""
    size, base = int(controls.size.value), controls.base.value
    pair = min(controls.pair.value, size // 2 - 1)
    q, k = vectors(controls.kind.value, size, controls.seed.value, pair)
    offsets = torch.arange(-127, 128)
    columns = {"m − n": offsets, "q·k": core.score_by_offset(q, k, offsets, base)}
    for i in range(size // 2):
        one = only_pair(q, i), only_pair(k, i)
        name = _("term of pair {i}").format(i=i)
        columns[name] = core.score_by_offset(*one, offsets, base)
    return _table(columns)


def _schemes() -> ui.Table:
    """The mean score by distance under every scheme; empty where it is not defined."""
    columns: dict[str, Iterable[object]] = {_("distance"): range(controls.length.value)}
    for scheme, result in others.scored()[0].items():
        defined = zip(result.by_distance.tolist(), result.distance_defined.tolist(), strict=True)
        columns[charts.scheme_name(scheme)] = [score if known else "" for score, known in defined]
    return _table(columns)


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Pairs and scalings (CSV)"), "rope-pairs.csv", _pairs),
        ui.Download(_("q·k by distance (CSV)"), "rope-distance.csv", _distances),
        ui.Download(_("Alternatives (CSV)"), "positions-schemes.csv", _schemes),
    ]
