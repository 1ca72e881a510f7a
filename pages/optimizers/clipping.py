"""Clipping: gradient descent at a cliff, with and without clipping by the norm."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ui
from charts import optimizers as charts
from charts.format import number
from core import optimizers as core
from pages.optimizers import controls
from pages.optimizers.arithmetic import clipped_formula
from ui import _

COLUMNS, ROWS = 81, 85  # of the grid under the contours: the cliff is thin


@lru_cache(maxsize=512)
def path(start: tuple[float, float], rate: float, threshold: float | None) -> core.OptimizerTrace:
    """Return the path of gradient descent; a threshold of None means no clipping."""
    return core.optimize(
        core.CLIFF, start, "sgd", controls.CLIFF_UPDATES, lr=rate, max_norm=threshold
    )


@lru_cache(maxsize=1)
def grid() -> tuple[Any, Any, Any]:
    """Return the loss on the grid under the contours."""
    return core.CLIFF.grid(COLUMNS, ROWS)


def names() -> dict[str, str]:
    """Return the visible names of both paths; the colors are those of the chart."""
    return {"sgd": _("without clipping"), "clipped": _("with clipping")}


def traces() -> dict[str, core.OptimizerTrace]:
    """Return both paths."""
    start = controls.cliff_w.value, controls.cliff_b.value
    rate, threshold = controls.cliff_rate.value, controls.threshold.value
    return {"sgd": path(start, rate, None), "clipped": path(start, rate, threshold)}


def draw() -> None:
    """Draw both paths over the surface, then the numbers of one update."""
    both = traces()
    step = controls.cliff_step.within(controls.CLIFF_UPDATES + 1)
    said = _sentence(both, step)
    with ui.figure():
        ui.plot(
            charts.paths(grid(), core.CLIFF, both, names(), step, ("w", "b")),
            key="optimizers_cliff",
            alt=said,
            height=370,
            least_height=200,
            on_click=_choose,
        )
        controls.cliff_step.draw(controls.CLIFF_UPDATES + 1)
    ui.note(said, keep=True)
    clipped = both["clipped"]
    i = min(step, controls.CLIFF_UPDATES - 1)
    threshold = controls.threshold.value
    ui.formula(clipped_formula(clipped.step(i), controls.cliff_rate.value, threshold))
    norms = {name: one.gradients.norm(dim=-1)[: step + 1] for name, one in both.items()}
    over = int((norms["clipped"][:step] > threshold).sum())
    ui.facts(
        [
            *(
                ui.Fact(
                    name,
                    number(float(both[key].values[step])),
                    _("loss; largest norm of a gradient {n}").format(
                        n=number(float(norms[key].max()))
                    ),
                )
                for key, name in names().items()
            ),
            ui.Fact(
                _("clipped updates"),
                str(over),
                _("of {n} so far").format(n=step),
            ),
        ]
    )
    ui.note(
        _(
            "The surface is the loss of a recurrent network with one hidden unit, "
            "xₜ = w·σ(xₜ₋₁) + b from x₀ = 0.5, trained so that σ(x₅₀) = 0.7. The gradient passes "
            "50 times through w·σ′(x), so it is huge at the cliff, where x changes from one fixed "
            "point to another. Clipping keeps the gradient's direction and limits its length. "
            "Click a point of a path for its update."
        )
    )


def _sentence(both: dict[str, core.OptimizerTrace], step: int) -> str:
    """Return the losses now, and the longest step without clipping."""
    plain, clipped = (float(one.values[step]) for one in both.values())
    text = _("After {n} updates the loss is {plain} without clipping and {clipped} with clipping.")
    said = text.format(n=step, plain=number(plain), clipped=number(clipped))
    if not step:
        return said
    lengths = [float(one.updates[:step].norm(dim=-1).max()) for one in both.values()]
    text = _("The longest update so far is {long} without and {short} with clipping.")
    return f"{said} " + text.format(long=number(lengths[0]), short=number(lengths[1]))


def _choose(mark: dict[str, Any]) -> None:
    """Go to the clicked update."""
    if mark["curve"] >= 1 and isinstance(mark["point"], int):
        controls.cliff_step.set(mark["point"])


def table() -> ui.Table:
    """Return every update of both paths."""
    rows = []
    for key, name in names().items():
        for i, one in enumerate(traces()[key].steps):
            g, delta = one.gradient.tolist(), one.update.tolist()
            rows.append((name, i + 1, *one.position.tolist(), one.value, *g, *delta))
    head = [_("path"), _("update"), "w", "b", _("loss")]
    return [*head, "g w", "g b", "delta w", "delta b"], rows
