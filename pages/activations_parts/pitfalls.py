"""Mistakes that people really make with activations, shown by running them."""

from __future__ import annotations

import torch

import ui
from charts.format import count, number, probability
from core import activations as core
from pages.activations_parts import curves
from pages.activations_parts.depth import Stack, trace
from ui import _


def all_of_them() -> list[ui.Pitfall]:
    """The page's pitfalls."""
    return [
        ui.Pitfall(
            _("The gate is the other half"),
            _(
                "One fused matrix gives gate and value side by side. Which half is the gate is "
                "nowhere in the file: torch's `glu` takes the second, most Llama code the first. "
                "Swapped, the model runs and talks nonsense."
            ),
            swapped,
        ),
        ui.Pitfall(
            _("Three matrices of 4·D are not the same size"),
            _(
                "A gate put into a network of unchanged inner width makes it half as large again: "
                "whatever it gains may be the parameters'. Compare at two thirds of the width."
            ),
            wider,
        ),
        ui.Pitfall(
            _("Weights drawn for another activation"),
            _(
                "He's variance 2/n makes up for ReLU's lost half; Xavier's 1/n is made for an odd "
                "function such as tanh. The other way round, depth multiplies the error. Gradient "
                "at the input of 24 layers:"
            ),
            initial,
        ),
        ui.Pitfall(
            _("GELU is two functions"),
            _(
                "`gelu` is the exact one in torch and the tanh form in GPT-2. Loading weights with "
                "the other form changes every unit a little, and no error is raised."
            ),
            two_forms,
        ),
        ui.Pitfall(
            _("Zero is not dead"),
            _(
                "About half of all ReLUs give 0 on any one input: that is sparsity. Dead is a unit "
                "that gives 0 on every input of the data; count over the data, not over one batch "
                "of one."
            ),
            sparse,
        ),
    ]


def swapped() -> None:
    """One fused vector, split both ways."""
    first, second = [3.0, -2.0], [0.5, 4.0]
    rows = []
    for name, gate, value in (
        (_("first half is the gate"), first, second),
        (_("second half is the gate"), second, first),
    ):
        out = core.glu(value, gate, "silu").tolist()
        rows.append([name, *(number(v) for v in out)])
    head = [_("SwiGLU of (3, −2 | 0.5, 4)"), _("unit 1"), _("unit 2")]
    ui.table(head, rows, numbers=[1, 2])


def wider() -> None:
    """What a gate costs at an unchanged inner width."""
    dim, inner = 4096, 16384
    plain = core.ffn_size(dim, inner, gated=False)
    equal = core.equal_parameter_ffn(dim, inner).gated
    gated = core.ffn_size(dim, inner, gated=True)
    rows = [
        [name, count(size.hidden_dim), count(size.parameters)]
        for name, size in (
            (_("plain"), plain),
            (_("gated, same F"), gated),
            (_("gated, two thirds"), equal),
        )
    ]
    ui.table([f"D = {count(dim)}", "F", _("parameters")], rows, numbers=[1, 2])


def initial() -> None:
    """He and Xavier, each with ReLU and with tanh."""
    rows = []
    for name in ("relu", "tanh"):
        found = [
            trace(name, Stack(24, False, None, init, 1.0, 0)).gradient_norm[0]
            for init in ("he", "xavier")
        ]
        rows.append([core.ACTIVATIONS[name].label, *(number(float(g), 2) for g in found)])
    ui.table(["", "He, 2/n", "Xavier, 1/n"], rows, numbers=[1, 2])


def two_forms() -> None:
    """The difference at a few places."""
    error = curves.gelu_line()
    at = core.gelu_error([-error.largest_at, -1.0, 0.0, 1.0, error.largest_at])
    rows = [
        [f"{x:.2f}", f"{exact:.6f}", f"{near:.6f}", number(off)]
        for x, exact, near, off in zip(
            *(t.tolist() for t in (at.x, at.exact, at.approximate, at.error)), strict=True
        )
    ]
    ui.table(["x", _("exact"), _("tanh form"), _("difference")], rows, numbers=[0, 1, 2, 3])


def sparse() -> None:
    """A healthy network: many zeros, few dead units."""
    state = next(core.train_until_dead(core.DeadUnitsConfig(), 0, torch.Generator().manual_seed(0)))
    stack = trace("relu", Stack(1, False, None, "he", 1.0, 0))
    rows = [
        [_("zero, per unit and example"), probability(float(stack.saturated_share[0]), 2)],
        [_("dead: zero on all {n} examples").format(n=len(stack.hidden[0])),
         probability(float(stack.dead_share[0]), 2)],
        [_("dead in a new network, {n} points").format(n=len(state.x)),
         probability(float(state.dead_share.mean()), 2)],
    ]  # fmt: skip
    ui.table([_("ReLU, untrained"), _("share")], rows, numbers=[1])
