"""Mistakes that people make with optimizers."""

from __future__ import annotations

import ui
from charts.format import number
from core import optimizers as core
from ui import _

RATES = (0.1, 0.1, 0.01, 0.01)  # the learning rate drops to a tenth


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("The same name, another formula"),
            _(
                "Settings do not carry over from one library to another: defaults and the place "
                "of ε and of the learning rate differ. PyTorch 2 and Keras 3:"
            ),
            _conventions,
        ),
        ui.Pitfall(
            _("Momentum with a changing learning rate"),
            _(
                "With the rate outside, it multiplies the buffer, so a lower rate acts on all "
                "older gradients at once. With the rate inside, older gradients keep their old "
                "rate. The updates for a gradient of 1 and μ = 0.9, when the rate drops to a tenth "
                "at update 3:"
            ),
            _momentum,
        ),
    ]


def _conventions() -> None:
    """Print what both libraries compute."""
    ui.table(
        ["", "PyTorch", "Keras"],
        [
            [_("momentum"), "m = μm + g, Δ = −ηm", "m = μm − ηg, Δ = m"],
            ["RMSProp", "Δ = −ηg/(√v + ε), α = 0.99", "Δ = −ηg/√(v + ε), ρ = 0.9"],
            ["Adagrad", "v₀ = 0, √v + ε, ε = 10⁻¹⁰", "v₀ = 0.1, √(v + ε), ε = 10⁻⁷"],
            [
                "Adam",
                "m̂/(√v̂ + ε), ε = 10⁻⁸",
                "√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε), ε = 10⁻⁷",
            ],
            ["AdamW", "λ = 0.01", "λ = 0.004"],
        ],
    )


def _momentum() -> None:
    """Run both conventions on a constant gradient."""
    state, inside, rows = None, 0.0, []
    for i, rate in enumerate(RATES):
        done = core.update("momentum", [0.0], [1.0], state, lr=rate)
        state = done.state
        inside = 0.9 * inside - rate
        rows.append([str(i + 1), number(rate), number(float(done.delta)), number(inside)])
    head = [_("update"), _("learning rate"), _("rate outside (PyTorch)"), _("rate inside (Keras)")]
    ui.table(head, rows, numbers=range(4))
