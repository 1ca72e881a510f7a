"""Mistakes that people make with activations, shown by running them."""

from __future__ import annotations

import torch

import ui
from charts.format import count, number, probability
from core import activations as core
from pages.activations.curves import gelu_error
from pages.activations.depth import trace
from ui import _


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Swapping gate and value"),
            _(
                "One fused matrix often computes gate and value. The checkpoint does not record "
                "which half is the gate: torch's `glu` takes the second, most Llama code the "
                "first. If you swap them, the model still runs but produces nonsense."
            ),
            _swapped_halves,
        ),
        ui.Pitfall(
            _("Adding a gate at the same width"),
            _(
                "A third matrix of the same inner width makes the FFN 50 % larger. Any improvement "
                "may then come from the extra parameters. Compare at two thirds of the width."
            ),
            _unequal_sizes,
        ),
        ui.Pitfall(
            _("Initial weights for a different activation"),
            _(
                "He's variance 2/n compensates for the half that ReLU sets to 0. Xavier's 1/n is "
                "meant for odd functions such as tanh. With Xavier's weights, ReLU shrinks the "
                "gradient from layer to layer. Gradient norm at the input of 24 layers:"
            ),
            _wrong_initialization,
        ),
        ui.Pitfall(
            _("Two functions called GELU"),
            _(
                "By default, `gelu` in torch is the exact form; GPT-2 uses the tanh form. With the "
                "wrong form every unit's output changes slightly, and no error is raised."
            ),
            _gelu_forms,
        ),
        ui.Pitfall(
            _("Calling an inactive unit dead"),
            _(
                "In an untrained network, about half of the ReLUs output 0 for any given input: "
                "this is sparsity. A dead unit outputs 0 for every input. Count over the whole "
                "data set, not over a single example."
            ),
            _inactive_units,
        ),
    ]


def _swapped_halves() -> None:
    """One fused vector, split both ways."""
    first, second = [3.0, -2.0], [0.5, 4.0]
    outputs = {
        _("first half is the gate"): core.glu(second, first, "silu"),
        _("second half is the gate"): core.glu(first, second, "silu"),
    }
    rows = [[name, *(number(v) for v in out.tolist())] for name, out in outputs.items()]
    ui.table([_("SwiGLU of (3, −2 | 0.5, 4)"), _("unit 1"), _("unit 2")], rows, numbers=[1, 2])


def _unequal_sizes() -> None:
    """The cost of a gate at an unchanged inner width."""
    dim, inner = 4096, 16384
    sizes = {
        _("without a gate"): core.ffn_size(dim, inner, gated=False),
        _("gated, same F"): core.ffn_size(dim, inner, gated=True),
        _("gated, two thirds of F"): core.equal_parameter_ffn(dim, inner).gated,
    }
    rows = [[name, count(of.hidden_dim), count(of.parameters)] for name, of in sizes.items()]
    ui.table([f"D = {count(dim)}", "F", _("parameters")], rows, numbers=[1, 2])


def _wrong_initialization() -> None:
    """He and Xavier, each with ReLU and with tanh."""
    rows = []
    for name in ("relu", "tanh"):
        norms = [trace(name, 24, init=init).gradient_norm[0] for init in ("he", "xavier")]
        rows.append([core.ACTIVATIONS[name].label, *(number(float(g), 2) for g in norms)])
    ui.table(["", "He, 2/n", "Xavier, 1/n"], rows, numbers=[1, 2])


def _gelu_forms() -> None:
    """The difference at a few places."""
    most = gelu_error().largest_at
    at = core.gelu_error([-most, -1.0, 0.0, 1.0, most])
    columns = (at.x, at.exact, at.approximate, at.error)
    rows = [
        [f"{x:.2f}", f"{exact:.6f}", f"{approximate:.6f}", number(error)]
        for x, exact, approximate, error in zip(*(c.tolist() for c in columns), strict=True)
    ]
    ui.table(["x", _("exact"), _("tanh form"), _("difference")], rows, numbers=[0, 1, 2, 3])


def _inactive_units() -> None:
    """An untrained network: many zeros, few dead units."""
    layer = trace("relu", 1)
    network = next(
        core.train_until_dead(core.DeadUnitsConfig(), 0, torch.Generator().manual_seed(0))
    )
    dead, points = (
        _("dead: zero for all {n} examples"),
        _("dead in a two-layer network, {n} points"),
    )
    shares = {
        _("zero, over units and examples"): layer.saturated_share[0],
        dead.format(n=len(layer.hidden[0])): layer.dead_share[0],
        points.format(n=len(network.x)): network.dead_share.mean(),
    }
    rows = [[label, probability(float(share), 2)] for label, share in shares.items()]
    ui.table([_("untrained ReLU units"), _("share")], rows, numbers=[1])
