"""Mistakes that people make with FlashAttention, shown by running them."""

from __future__ import annotations

import torch

import ui
from charts.format import number
from core import flash_attention as core
from core.flash_attention.measuring import fused_attention, plain_attention
from ui import _


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Summing the weights before multiplying by the values"),
            _(
                "(Σe)·v̄ in place of Σ(e·v) gives every value of a tile the same weight. With one "
                "key per tile both are the same, so a test with tiles of one key does not find the "
                "mistake. Largest error of an output, random q, k and v of 12 tokens:"
            ),
            _sum_first,
        ),
        ui.Pitfall(
            _("Calling it an approximation"),
            _(
                "FlashAttention is exact: only the order of the operations differs. Its error "
                "against a softmax in float64 is that of plain attention in the same format."
            ),
            _exact,
        ),
        ui.Pitfall(
            _("Expecting linear time"),
            _(
                "The memory grows linearly with the length; operations and bytes moved still grow "
                "with its square. One head, d = 64, on an A100:"
            ),
            _linear,
        ),
    ]


def _random(length: int = 12, dim: int = 8) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(length, dim, generator=generator) for _matrix in range(3)]


def _sum_first() -> None:
    """The mistake with tiles of 1, 2, 4 and 12 keys."""
    q, k, v = _random()
    rows = []
    for tile in (1, 2, 4, 12):
        errors = [
            float(core.tiled_attention(q, k, v, 4, tile, sum_first=slip).distance[-1].max())
            for slip in (False, True)
        ]
        rows.append([str(tile), *(number(error, 2) for error in errors)])
    ui.table([_("keys per tile"), "Σ(e·v)", "(Σe)·v̄"], rows, numbers=[0, 1, 2])


def _exact() -> None:
    """Tiled, plain and torch's own attention in float32 against float64."""
    q, k, v = _random(64, 16)
    tiled = core.tiled_attention(q, k, v, 8, 8)
    fused = fused_attention(q[None, None], k[None, None], v[None, None], causal=True)[0, 0]
    found = {
        _("plain attention"): plain_attention(q, k, v, causal=True),
        _("tile by tile"): tiled.output,
        _("torch's fused kernel"): fused,
    }
    rows = [[name, number(float((o - tiled.exact).abs().max()), 2)] for name, o in found.items()]
    ui.table([_("float32, 64 tokens"), _("largest error")], rows, numbers=[1])


def _linear() -> None:
    """The counts at lengths that double."""
    rows = []
    for length in (8192, 16_384, 32_768):
        t = core.attention_traffic(length, 64, "flash")
        cells = (length, t.extra_bytes, t.bytes, t.flops)
        rows.append([f"{cell:,}" for cell in cells])
    head = [_("tokens N"), _("extra memory, bytes"), _("bytes moved"), _("operations")]
    ui.table(head, rows, numbers=[0, 1, 2, 3])
