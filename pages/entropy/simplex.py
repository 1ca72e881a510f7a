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
    ui.formula(_formula(result))
    ui.note(
        _(
            "Each point of a triangle is a distribution q over A, B and C; a corner means "
            "certainty. D(p‖q) rises without bound towards an edge on which q gives probability 0 "
            "to an outcome that p does not. D(q‖p) is infinite where q gives probability to an "
            "outcome that p rules out, and finite everywhere if p rules out none."
        )
    )


def _formula(result: information.Comparison) -> str:
    """Both divergences as the sums of their three terms, in bits."""

    def sum_of(name: str, terms: list[float], total: float) -> str:
        numbers = " + ".join(f"({number(term)})" if term < 0 else number(term) for term in terms)
        return rf"{name} &= {numbers} = {number(total)}"

    lines = [
        sum_of(r"D(p \| q) = \sum p \log_2 \tfrac{p}{q}", result.pointwise.tolist(), result.kl),
        sum_of(
            r"D(q \| p) = \sum q \log_2 \tfrac{q}{p}",
            result.reverse_pointwise.tolist(),
            result.reverse_kl,
        ),
    ]
    body = r" \\ ".join(lines).replace("∞", r"\infty").replace("−", "-")
    return rf"\begin{{aligned}} {body} \end{{aligned}}"
