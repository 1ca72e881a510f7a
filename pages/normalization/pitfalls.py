"""Mistakes that people make with normalization, shown by running them."""

from __future__ import annotations

import torch

import ui
from charts.format import number
from core import normalization as core
from ui import _

EXAMPLE = (1.0, 2.0, 3.0, 4.0)


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Dividing the variance by N − 1"),
            _(
                "`torch.var` divides by N − 1 by default; every norm divides by N. With few "
                "features the outputs differ visibly, and no error is raised."
            ),
            _variance,
        ),
        ui.Pitfall(
            _("Normalizing over tokens and features together"),
            _(
                "`nn.LayerNorm((T, D))` on a (B, T, D) tensor averages over the tokens too. The "
                "first token's output then depends on the last token, so a causal model sees the "
                "future."
            ),
            _over_tokens,
        ),
        ui.Pitfall(
            _("Another ε than in training"),
            _(
                "ε matters where the values are small. At a root mean square of 0.003, the mean "
                "square is about as large as ε = 10⁻⁵, and the output depends on the choice."
            ),
            _eps,
        ),
        ui.Pitfall(
            _("DeepNorm's α without β"),
            _(
                "α weights the residual connection more; β makes the initial weights smaller. The "
                "constants belong together. Mean norm of the FFN gradients over 16 layers:"
            ),
            _alpha_alone,
        ),
    ]


def _variance() -> None:
    """Both divisors on the page's vector."""
    x = torch.tensor(EXAMPLE, dtype=torch.float64)
    rows = [
        [
            _("divided by {n}").format(n=name),
            number(float(x.var(correction=correction))),
            *(number(float(v)) for v in (x - x.mean()) / x.std(correction=correction)),
        ]
        for name, correction in (("N", 0), ("N − 1", 1))
    ]
    head = [_("variance of (1, 2, 3, 4)"), "σ²", *(f"x = {v:g}" for v in EXAMPLE)]
    ui.table(head, rows, numbers=range(1, 6))


def _over_tokens() -> None:
    """The first token's output when only the last token changes."""
    rows = []
    for last in (0.0, 30.0):
        x = torch.tensor([EXAMPLE, (0.0, 1.0, 0.0, 1.0), (last, 0.0, 0.0, 0.0)])
        right, wrong = core.layer_norm(x)[0], core.layer_norm(x.flatten()).view_as(x)[0]
        shown = [", ".join(number(float(v), 2) for v in values) for values in (right, wrong)]
        rows.append([f"{last:g}", *shown])
    head = [_("a value of the last token"), _("first token, over D"), _("first token, over T, D")]
    ui.table(head, rows, numbers=[0])


def _eps() -> None:
    """RMSNorm of a small vector with several ε."""
    x = torch.tensor(EXAMPLE, dtype=torch.float64) / 1000
    rows = [
        [label, *(number(float(v)) for v in core.rms_norm(x, eps))]
        for label, eps in (("10⁻⁵", 1e-5), ("10⁻⁶", 1e-6), ("10⁻¹²", 1e-12))
    ]
    ui.table(
        [_("ε, for RMSNorm"), *(f"x = {v / 1000:g}" for v in EXAMPLE)], rows, numbers=range(1, 5)
    )


def _alpha_alone() -> None:
    """The gradients of stacks with both constants, with α alone and with neither."""
    rows = []
    for name, placement, scaled in (
        (_("post-LN"), "post", False),
        (_("α without β"), "deepnorm", False),
        (_("α and β"), "deepnorm", True),
    ):
        with torch.inference_mode(False), torch.enable_grad():
            generator = torch.Generator().manual_seed(0)
            beta = None if scaled else 1.0
            found = core.stack_gradients(placement, 16, 32, generator, beta=beta)
        rows.append([name, number(float(found.ffn.mean()))])
    ui.table(["", _("norm of the gradient")], rows, numbers=[1])
