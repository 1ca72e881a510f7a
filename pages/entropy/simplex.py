"""KL divergence over all distributions on three outcomes."""

from __future__ import annotations

import ui
from charts import entropy as charts
from charts.format import number
from core import information
from pages.entropy import controls
from ui import _

GRID = 200  # steps of the triangle's grid: a point under each pixel of its picture


def draw() -> None:
    """Draw both divergences over the triangle of all q."""
    p, q = controls.triangle.value
    landscape = information.kl_landscape(p, GRID)
    result = information.compare(p, q)
    for place, name, here in (
        (ui.figure, "D(p‖q)", result.kl),
        (ui.second_figure, "D(q‖p)", result.reverse_kl),
    ):
        reverse = name == "D(q‖p)"
        with place():
            ui.plot(
                charts.simplex(
                    landscape,
                    q,
                    here,
                    controls.scale.value,
                    reverse=reverse,
                    scale=reverse,
                    readings=ui.full_detail(),
                ),
                key=f"ent_simplex_{name[2]}",
                alt=_("{name} over the triangle of all q; at the current q it is {n}.").format(
                    name=name, n=number(here)
                ),
                height=400,
            )
    ui.facts(
        [
            ui.Fact("D(p‖q)", charts.amount(result.kl, 2), _("infinite where q has a 0 and p not")),
            ui.Fact(
                "D(q‖p)",
                charts.amount(result.reverse_kl, 2),
                _("infinite where p has a 0 and q not"),
            ),
        ]
    )
    ui.note(
        _(
            "Each point of a triangle is a distribution q over A, B and C; a corner means "
            "certainty. D(p‖q) rises without bound towards the edges, where q gives an outcome "
            "probability 0. D(q‖p) stays finite at an edge unless p is 0 there."
        )
    )
