"""Controls and vectors that several views share; their keys too, so that a change carries over."""

from __future__ import annotations

import torch
from torch import Tensor

import ui
from ui import _

SMALL = ("4", "8", "16", "64")
LARGE = ("16", "64", "128")
BASE = 10_000


def small_head() -> int:
    """Numbers in one head, few enough to see each."""
    names = {name: name for name in SMALL}
    return int(ui.choice(_("Head size d"), names, key="rope_d", value="16"))


def real_head() -> int:
    """Numbers in one head, as in real models."""
    names = {name: name for name in LARGE}
    return int(ui.choice(_("Head size d"), names, key="rope_dim", value="64"))


def base() -> float:
    """RoPE's base."""
    return ui.live_slider(
        _("Base"), 10, 10_000_000, BASE, key="rope_base", scale="log",
        help=_("Pair i turns by base^(−2i/d) radians per token."),
    )  # fmt: skip


def pair(pairs: int) -> int:
    """Which pair is looked at."""
    last = pairs - 1
    told = _("0 is the fastest, the last the slowest.")
    return int(ui.live_slider(_("Pair i"), 0, last, min(2, last), key="rope_pair", help=told))


def seed() -> int:
    """Seed of everything random on this page."""
    return int(ui.live_slider(_("Seed"), 0, 99, 1, key="rope_seed"))


def generator(number: int) -> torch.Generator:
    """The source of random numbers of a seed."""
    return torch.Generator().manual_seed(number)


def vectors(kind: str, size: int, number: int, chosen: int = 0) -> tuple[Tensor, Tensor]:
    """q and k without positions: "equal" (all ones), "random", or "pair" (one pair only)."""
    if kind == "random":
        q, k = torch.randn(2, size, generator=generator(number))
        return q, k
    q = torch.ones(size)
    if kind == "pair":
        q = only_pair(q, chosen)
    return q, q.clone()


def only_pair(x: Tensor, chosen: int) -> Tensor:
    """`x` with every pair but one set to 0."""
    kept = torch.zeros_like(x)
    kept[..., 2 * chosen : 2 * chosen + 2] = x[..., 2 * chosen : 2 * chosen + 2]
    return kept
