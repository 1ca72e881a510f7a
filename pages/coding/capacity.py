"""Channel capacity: three named channels by formula, any matrix by Blahut–Arimoto."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import streamlit as st
import torch
from torch import Tensor

import ui
from charts import coding as charts
from charts.format import bits, count, number
from core.coding import (
    CAPACITIES,
    ChannelCapacity,
    best_input,
    blahut_arimoto,
    bsc_capacity,
    channel_matrix,
    printed,
    z_channel_capacity,
)
from core.information import mutual_information
from pages.coding import controls
from ui import _

POINTS = 201  # of each curve
LARGEST = 9  # inputs and outputs of a typed matrix
ITERATIONS = 1_000
TOLERANCE = 1e-7
UNUSED = 1e-3  # an input that is rarer than this at the optimum is on its way to 0


@st.cache_resource(max_entries=1, show_spinner=False)
def curves() -> tuple[Tensor, dict[str, Tensor]]:
    """Return the noise axis, and the capacity of each named channel over it; read-only."""
    noise = torch.linspace(0, 1, POINTS, dtype=torch.float64)
    return noise, {
        name: torch.tensor([capacity(f) for f in noise.tolist()], dtype=torch.float64)
        for name, capacity in CAPACITIES.items()
    }


def draw() -> None:
    """Draw the capacity of the chosen channel."""
    name = controls.channel.value
    if name in controls.NAMED:
        _named(name, controls.noise.value)
    else:
        _typed(found())


def _named(name: str, f: float) -> None:
    noise, lines = curves()
    capacity, matrix, share = CAPACITIES[name](f), channel_matrix(name, f), best_input(name, f)
    names = controls.channel.names
    with ui.figure():
        ui.plot(
            charts.capacities(noise, lines, names, (name, f)),
            key="coding_capacity",
            alt=_("Capacity against noise; {name} channel at f = {f}: {c}.").format(
                name=names[name], f=number(f), c=bits(capacity)
            ),
            height=430,
            on_click=lambda mark: controls.noise.set(mark["x"]),
        )
    with ui.second_figure():
        outputs = ["0", "?", "1"] if name == "bec" else ["0", "1"]
        ui.plot(
            charts.diagram(matrix, ["0", "1"], outputs),
            key="coding_diagram",
            alt=_("The channel's inputs 0 and 1, its outputs, and their probabilities."),
            height=300,
        )
    even = mutual_information(torch.full((2, 1), 0.5, dtype=torch.float64) * matrix)
    formulas = {
        "bsc": rf"C = 1 - H_2(f) = 1 - H_2({f:g}) = {capacity:.4f}",
        "bec": rf"C = 1 - f = 1 - {f:g} = {capacity:.4f}",
        "z": rf"C = \log_2\!\left(1 + (1-f)\,f^{{f/(1-f)}}\right) = {capacity:.4f}",
    }
    ui.formula(formulas[name])
    ui.note(_sentence(name, f, capacity), keep=True)
    ui.facts(
        [
            ui.Fact(_("capacity C"), bits(capacity), _("per use of the channel")),
            ui.Fact(_("optimal input"), f"p(1) = {number(share, 3)}", _("reaches C")),
            ui.Fact(_("equally many 0s and 1s"), bits(even), _("mutual information I(X; Y)")),
            ui.Fact(
                _("uses per message bit"),
                number(1 / capacity, 3) if capacity > 0 else "∞",
                "1 / C",
                help=_("No code with fewer uses of the channel has an error rate close to 0."),
            ),
        ]
    )
    ui.note(
        _(
            "Drag f through 0.5. The symmetric channel carries nothing at f = 0.5, but everything "
            "at f = 1: if every bit is inverted, the receiver inverts it back. For the same f up "
            "to 0.77, an erasure does less harm than an inversion, because the receiver sees "
            "which bits are missing."
        )
    )
    f = printed.PRINTED_NOISE
    words = _("capacity of the {name} channel at f = {f}")
    ui.provenance(
        (words.format(name=names["bsc"], f=f), printed.BSC_CAPACITY, bsc_capacity(f)),
        (words.format(name="Z", f=f), printed.Z_CAPACITY, z_channel_capacity(f)),
        (
            _("optimal p(1) of the Z channel at f = {f}").format(f=f),
            printed.Z_BEST_INPUT,
            best_input("z", f),
        ),
    )


def _sentence(name: str, f: float, capacity: float) -> str:
    """Say what the channel does to 1,000 bits, and how many of them it is worth."""
    texts = {
        "bsc": _("Of 1,000 bits {n} are inverted on average; the receiver does not see which."),
        "bec": _("Of 1,000 bits {n} are erased on average; the receiver sees which."),
        "z": _("Of 1,000 ones {n} arrive as 0 on average; a 0 always arrives as 0."),
    }
    rest = _("1,000 uses carry at most {c} message bits without error.")
    return f"{texts[name]} {rest}".format(n=number(1000 * f), c=number(1000 * capacity))


@lru_cache(maxsize=64)
def _blahut_arimoto(text: str, _language: str) -> ChannelCapacity:
    rows = []
    for line in re.split(r"[\n;]", text):
        words = re.split(r"[\s,，]+", line.strip())
        if words != [""]:
            rows.append([_number(word) for word in words])
    if not rows or max(len(rows), *map(len, rows)) > LARGEST:
        raise ui.Notice(
            _("Type one line of probabilities per input: 1 to {n} inputs and outputs.").format(
                n=LARGEST
            )
        )
    return blahut_arimoto(rows, TOLERANCE, ITERATIONS)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise ui.Notice(_("“{word}” is not a number.").format(word=word[:40])) from None


def found() -> ChannelCapacity:
    """Return the iteration for the matrix that was typed.

    Raises:
        ui.Notice: The matrix cannot be read.
        ValueError: A row is no distribution.
    """
    return _blahut_arimoto(controls.matrix.value, ui.current_language())


def _typed(result: ChannelCapacity) -> None:
    steps = result.steps
    at = controls.iteration.within(len(steps))
    step, last = steps[at], steps[-1]
    with ui.figure():
        controls.iteration.draw(len(steps))
        ui.plot(
            charts.bounds(result, at),
            key="coding_bounds",
            alt=_("Bounds of the capacity at iteration {n}: {low} and {high}.").format(
                n=at + 1, low=bits(step.lower), high=bits(step.upper)
            ),
            height=390,
            on_click=_choose_iteration,
        )
    with ui.second_figure():
        ui.plot(
            charts.inputs(step, result.capacity, max(s.upper for s in steps)),
            key="coding_inputs",
            alt=_("Input distribution {p}; divergences {d}.").format(
                p=", ".join(number(v) for v in step.input_distribution.tolist()),
                d=", ".join(number(v) for v in step.divergences.tolist()),
            ),
            height=430,
        )
    p, told = step.input_distribution, step.divergences
    best, worst = (charts.input_name(int(i)) for i in (told.argmax(), told.argmin()))
    ui.note(
        _(
            "Iteration {n}: {best} has the largest divergence, {high} bits, and {worst} the "
            "smallest, {low} bits. "
            "Each input's probability is multiplied by 2 to the power of this number, then all are "
            "divided by their sum. The capacity is between {lower} and {upper} bits."
        ).format(
            n=at + 1,
            best=best,
            high=number(float(told.max())),
            worst=worst,
            low=number(float(told.min())),
            lower=number(step.lower, 4),
            upper=number(step.upper, 4),
        ),
        keep=True,
    )
    best_p = last.input_distribution.tolist()
    unused = [charts.input_name(i) for i, v in enumerate(best_p) if v < UNUSED]
    ui.facts(
        [
            ui.Fact(
                _("capacity C"),
                bits(result.capacity),
                _("after {n} iterations, ± {gap}").format(
                    n=count(len(steps)), gap=number(result.gap, 1)
                ),
            ),
            ui.Fact(_("optimal input"), ", ".join(map(charts.input_share, best_p)), "p(x)"),
            ui.Fact(
                _("input of this iteration"),
                ", ".join(map(charts.input_share, p.tolist())),
                _("I(X; Y) = {i}").format(i=bits(float(p @ told))),
            ),
            ui.Fact(
                _("inputs not used"),
                ", ".join(unused) or _("none"),
                help=_("Their probability goes to 0 as the iteration goes on."),
            ),
        ]
    )
    if not result.converged:
        ui.sentence(
            _("Stopped after {n} iterations; the bounds are still {gap} bits apart.").format(
                n=count(len(steps)), gap=number(result.gap, 2)
            )
        )
    ui.note(
        _(
            "D(row ‖ output) is the Kullback–Leibler divergence of an input's row from the output "
            "distribution. At the optimum it is C for every input in use and at most C for the "
            "others: using them cannot raise the mutual information."
        )
    )


def _choose_iteration(mark: dict[str, Any]) -> None:
    controls.iteration.set(mark["x"] - 1)
