"""Controls and vectors that several views share; their keys too, so that a change carries over."""

from __future__ import annotations

import torch
from torch import Tensor

import ui
from ui import _

HEADS = ("4", "8", "16", "32", "64")
HEAD = 16
BASE = 10_000


def head_dim() -> int:
    """Numbers in one head."""
    names = {name: name for name in HEADS}
    return int(ui.choice(_("Head size d"), names, key="rope_d", value=str(HEAD)))


def base() -> float:
    """RoPE's base."""
    return ui.live_slider(
        _("Base"), 10, 10_000_000, BASE, key="rope_base", scale="log",
        help=_("Pair i turns by base^(−2i/d) radians per token."),
    )  # fmt: skip


def pair(pairs: int) -> int:
    """Which pair is looked at."""
    held = ui.live_slider(
        _("Pair i"), 0, 31, 2, key="rope_pair", help=_("0 is the fastest; d/2 − 1 the slowest.")
    )
    return min(int(held), pairs - 1)


def seed() -> int:
    """Seed of everything random on this page."""
    return int(ui.live_slider(_("Seed"), 0, 99, 1, key="rope_seed"))


def vectors(kind: str, size: int, number: int, chosen: int) -> tuple[Tensor, Tensor]:
    """q and k without positions: "equal" (all ones), "random", or "pair" (one pair only)."""
    if kind == "random":
        generator = torch.Generator().manual_seed(number)
        q, k = torch.randn(2, size, generator=generator)
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
