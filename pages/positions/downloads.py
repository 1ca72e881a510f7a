"""Tables to take away."""

from __future__ import annotations

import pandas as pd
import torch

import ui
from core import positions as core
from pages.positions_parts import extend, others, shared
from ui import _


def pairs() -> str:
    """Every pair's speed, wavelength and turns, and its speed under every scaling."""
    size, base = int(ui.get("rope_dim", "64")), float(ui.get("rope_base", shared.BASE))
    context, original = int(ui.get("rope_len", 2048)), int(ui.get("rope_orig", 2048))
    clocks = core.pair_clocks(size, context, base)
    columns = {
        "pair": range(size // 2),
        "radians_per_token": clocks.frequencies,
        "wavelength_tokens": clocks.wavelengths,
        f"turns_in_{context}_tokens": clocks.turns,
    }
    factor, now = float(ui.get("rope_factor", 4)), int(ui.get("rope_now", 8192))
    chosen = extend.scalings(list(core.ROPE_SCALINGS), factor, original, now)
    for kind, ratio in extend.ratios(chosen, size, base).items():
        columns[f"{kind}_speed_share"] = ratio
    return pd.DataFrame(columns).to_csv(index=False)


def distances() -> str:
    """q·k of the view's vectors by distance, with the share of every pair."""
    kind, size = str(ui.get("rope_qk", "random")), int(ui.get("rope_d", "16"))
    base, seed = float(ui.get("rope_base", shared.BASE)), int(ui.get("rope_seed", 1))
    chosen = min(int(ui.get("rope_pair", 2)), size // 2 - 1)
    q, k = shared.vectors(kind, size, seed, chosen)
    offsets = torch.arange(-127.0, 128)
    columns = {"m_minus_n": offsets.int(), "score": core.score_by_offset(q, k, offsets, base)}
    for i in range(size // 2):
        one = shared.only_pair(q, i), shared.only_pair(k, i)
        columns[f"pair_{i}"] = core.score_by_offset(*one, offsets, base)
    return pd.DataFrame(columns).to_csv(index=False)


def schemes() -> str:
    """The mean score by distance under every scheme; empty where it is not defined."""
    held = others.held_setting()
    columns = {"distance": list(range(held.length))}
    for scheme, result in others.scored(held).items():
        columns[scheme] = result.by_distance.masked_fill(~result.distance_defined, torch.nan)
    return pd.DataFrame(columns).to_csv(index=False)


def tables() -> list[ui.Download]:
    """What the page offers."""
    return [
        ui.Download(_("Pairs and scalings (CSV)"), "rope-pairs.csv", pairs),
        ui.Download(_("q·k by distance (CSV)"), "rope-distance.csv", distances),
        ui.Download(_("Alternatives (CSV)"), "positions-schemes.csv", schemes),
    ]
