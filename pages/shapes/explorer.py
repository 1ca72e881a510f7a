"""Einsum: an expression as nested loops, with the numbers that each iteration reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

import ui
from charts import shapes as charts
from charts.format import count, number
from core import shapes as core
from pages.shapes import controls
from ui import _

MOST_TENSORS, MOST_AXES, MOST_INDICES = 3, 3, 6
OTHER = 2  # size of the fourth index and those after it
NAMES = "ABC"


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """An einsum of small random tensors, compared with torch.

    Attributes:
        operands: The tensors.
        trace: The loops and their output.
        differences: Largest difference of each torch call from the loops.
        equal: Whether every torch call gives the loops' output.
    """

    operands: tuple[Tensor, ...]
    trace: core.EinsumTrace
    differences: dict[str, float]
    equal: bool


@lru_cache(maxsize=256)
def trace_of(expression: str, sizes: tuple[int, int, int], seed: int) -> Example:
    """Return the einsum of random whole numbers from −3 to 3; cached, read-only."""
    operands, result = core.parse_einsum(expression)
    indices = list(dict.fromkeys("".join(operands)))
    small = len(operands) <= MOST_TENSORS and len(indices) <= MOST_INDICES
    if not small or any(len(letters) > MOST_AXES for letters in (*operands, result)):
        raise ui.Notice(
            _("This view takes at most 3 tensors of at most 3 axes each, and 6 indices.")
        )
    by_index = {index: sizes[n] if n < len(sizes) else OTHER for n, index in enumerate(indices)}
    generator = torch.Generator().manual_seed(seed)
    tensors = tuple(
        torch.randint(-3, 4, [by_index[index] for index in letters], generator=generator).double()
        for letters in operands
    )
    plain = f"{','.join(operands)}->{result}"
    trace = core.einsum(plain, *tensors)
    outputs = {"torch.einsum": torch.einsum(plain, *tensors)}
    if trace.equivalent_output is not None:
        outputs = {trace.equivalent: trace.equivalent_output, **outputs}
    return Example(
        tensors,
        trace,
        {name: float((trace.output - out).abs().max()) for name, out in outputs.items()},
        all(torch.allclose(trace.output, out) for out in outputs.values()),
    )


def arguments(expression: str = "") -> tuple[str, tuple[int, int, int], int]:
    """Return the arguments of `trace_of`, by the controls or with another expression."""
    chosen = controls.chosen.value
    sizes = (controls.first.value, controls.second.value, controls.third.value)
    now = controls.expression.value if chosen == "own" else chosen
    return expression or now, sizes, controls.seed.value


def draw() -> None:
    """Draw the tensors at one iteration, then the loops and the torch call."""
    found = trace_of(*arguments())
    trace = found.trace
    at = controls.step.within(trace.iterations)
    now = core.iteration(trace, at)
    factors = [
        float(tensor[place]) for tensor, place in zip(found.operands, now.places, strict=True)
    ]
    with ui.figure():
        controls.step.draw(trace.iterations)
        ui.plot(
            charts.grids(trace, found.operands, now),
            key="shapes_grids",
            alt=_("Iteration {n} of {all}; the output so far is {values}.").format(
                n=at + 1,
                all=trace.iterations,
                values=", ".join(f"{v:g}" for v in now.partial.flatten().tolist()[:9]),
            ),
            height=270,
            least_width=560,
            least_height=240,
        )
    _loops(trace, now, factors)
    ui.note(_sentence(trace), keep=True)
    ui.facts(
        [
            ui.Fact(_("torch call"), trace.equivalent or "—", "" if trace.equivalent else
                    _("no shorter call than torch.einsum is known here")),
            ui.Fact(_("iterations"), count(trace.iterations), " × ".join(
                f"{index} = {size}" for index, size in trace.sizes.items())),
            ui.Fact(
                _("multiplications"),
                count(trace.multiplications),
                _("of the written loops"),
                _("Each iteration takes one multiplication fewer than there are tensors."),
            ),
            ui.Fact(
                _("equal"),
                _("yes") if found.equal else _("no"),
                _("largest difference from the loops: {text}").format(
                    text="; ".join(f"{name}: {number(d)}" for name, d in found.differences.items())
                ),
            ),
        ]
    )  # fmt: skip


def _loops(trace: core.EinsumTrace, now: core.Iteration, factors: list[float]) -> None:
    """Draw the loops as text, with the current value of each index beside its line."""
    lines = trace.loops.split("\n")
    values = ["", *(f"{index} = {value}" for index, value in now.indices.items())]
    product = " × ".join(f"({v:g})" if v < 0 else f"{v:g}" for v in factors)
    place = f"out[{', '.join(map(str, now.place))}]" if now.place else "out"
    add = f"{place} += {product}" + (f" = {now.product:g}" if len(factors) > 1 else "")
    rows = [
        ui.Row([line.replace("    ", "\u2003\u2003"), value.replace("-", "−")],
               "marked" if i == len(lines) - 1 else "")
        for i, (line, value) in enumerate(zip(lines, [*values, add], strict=True))
    ]  # fmt: skip
    ui.table([_("loops"), _("this iteration")], rows)


def _sentence(trace: core.EinsumTrace) -> str:
    """Return which indices are summed over and why."""
    if not trace.summed:
        return _("Every index is in the output, so nothing is summed.")
    text = _(
        "The output has no {indices}, so the loops sum over {indices}: {n} products for each "
        "output value."
    )
    n = trace.iterations
    for index in trace.result:
        n //= trace.sizes[index]
    return text.format(indices=", ".join(trace.summed), n=count(n))


def table() -> ui.Table:
    """Return every iteration of the loops."""
    found = trace_of(*arguments())
    trace = found.trace
    head = [_("iteration"), *trace.sizes, *NAMES[: len(found.operands)], _("product")]
    rows = []
    for at in range(trace.iterations):
        now = core.iteration(trace, at)
        values = [float(t[place]) for t, place in zip(found.operands, now.places, strict=True)]
        rows.append((at + 1, *now.indices.values(), *values, now.product))
    return head, rows
