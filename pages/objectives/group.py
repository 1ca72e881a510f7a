"""GRPO: the advantages of a group of answers, and groups that teach nothing."""

from __future__ import annotations

from functools import lru_cache

from torch import Tensor

import ui
from charts import objectives as charts
from charts.format import number
from core import objectives as core
from pages.objectives import controls
from ui import _


@lru_cache(maxsize=256)
def advantages(right: int, size: int) -> Tensor:
    """Return the advantages of a group whose first `right` answers are correct."""
    return core.group_advantages([1.0] * right + [0.0] * (size - right))


def current() -> tuple[int, int, Tensor]:
    """Return the number of correct answers, the size of the group, and the advantages."""
    size = controls.group_size.value
    right = min(controls.right.value, size)
    return right, size, advantages(right, size)


def draw() -> None:
    """Draw the advantage of every answer, and how it depends on the number of correct ones."""
    right, size, found = current()
    with ui.figure():
        ui.plot(
            charts.group(found, right),
            key="objectives_group_plot",
            alt=_("{k} of {n} answers are correct.").format(k=right, n=size),
            height=360,
            on_click=lambda mark: controls.right.set(mark["x"]),
        )
    with ui.second_figure():
        ui.plot(
            charts.by_right([advantages(k, size) for k in range(size + 1)], right),
            key="objectives_by_right",
            alt=_("Advantages by the number of correct answers."),
            height=360,
            on_click=lambda mark: controls.right.set(mark["x"]),
        )
    ui.note(_sentence(right, size, found), keep=True)
    mean = right / size
    spread = float(core.deviation([1.0] * right + [0.0] * (size - right)))
    first = 1 if right else 0
    ui.formula(
        r"A_1 = \frac{r_1 - \mathrm{mean}}{\mathrm{std} + \varepsilon} = "
        rf"\frac{{{first} - {mean:.3f}}}{{{spread:.4f} + 10^{{-4}}}} = {float(found[0]):.3f}"
    )
    ui.facts(
        [
            ui.Fact(_("mean reward"), number(mean), _("the baseline; no value network is needed")),
            ui.Fact(_("standard deviation"), number(spread), _("divided by n − 1")),
            ui.Fact(
                _("advantage of a correct answer"),
                number(float(found[0])) if right else "—",
            ),
            ui.Fact(
                _("advantage of a wrong answer"),
                number(float(found[-1])) if right < size else "—",
            ),
        ]
    )
    ui.note(
        _(
            "Each answer to one question gets reward 1 if it is correct and 0 otherwise. The "
            "gradient of every token of an answer is weighted by its advantage. The KL penalty is "
            "left out here."
        )
    )


def _sentence(right: int, size: int, found: Tensor) -> str:
    if right in (0, size):
        text = (
            _("All {n} answers are correct: every advantage is 0, and the group teaches nothing.")
            if right
            else _(
                "All {n} answers are wrong: every advantage is 0, and the group teaches nothing."
            )
        )
        return text.format(n=size)
    text = _(
        "{k} of {n} answers are correct. A correct answer is reinforced with advantage {up}, a "
        "wrong one is suppressed with {down}."
    )
    return text.format(k=right, n=size, up=number(float(found[0])), down=number(float(found[-1])))


def table() -> ui.Table:
    """Return every answer's reward and advantage."""
    right, _size, found = current()
    return [_("answer"), _("reward"), _("advantage")], [
        (i + 1, float(i < right), a) for i, a in enumerate(found.tolist())
    ]
