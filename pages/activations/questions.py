"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from charts.format import number
from pages.activations.depth import EXPLODED, VANISHED, traces
from ui import _


def relu_with_residuals() -> tuple[int, str]:
    """Return whether ReLU's gradient at the input vanishes, stays near 1, or explodes."""
    norms = {trace.activation: float(trace.gradient_norm[0]) for trace in traces()}
    relu = norms["relu"]
    index = 0 if relu < VANISHED else 2 if relu > EXPLODED else 1
    why = _(
        "The norm at the input is {sigmoid} for sigmoid and {relu} for ReLU. A residual connection "
        "adds the identity to each layer's derivative: that keeps a small gradient alive, but lets "
        "one grow with every layer that does not shrink it. Set LayerNorm to “pre”."
    )
    return index, why.format(sigmoid=number(norms["sigmoid"]), relu=number(relu))
