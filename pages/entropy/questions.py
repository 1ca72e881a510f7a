"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from charts.format import number, probability
from core import information
from pages.entropy import controls
from pages.entropy.fit import fits
from ui import _


def where_reverse_kl_ends() -> tuple[int, str]:
    """Return whether the fit by D(q‖p) lies between the modes, on one, or is wider than both."""
    x, p, _forward, reverse = fits()
    last, mode = reverse[-1], controls.gap.value / 2
    left = information.mass_below(last.q, x, 0.0)
    index = 1 if abs(abs(last.mean) - mode) < last.std else 0 if last.std < mode else 2
    why = _(
        "Its mean is {mean}, its standard deviation {std}, and {left} of its probability is left "
        "of 0, where p has {p}. D(q‖p) is large where q has mass and p has little, so q avoids the "
        "valley."
    )
    return index, why.format(
        mean=number(last.mean),
        std=number(last.std),
        left=probability(left),
        p=probability(information.mass_below(p, x, 0.0)),
    )


def divergence_from_zero() -> tuple[int, str]:
    """Return which of the two divergences is infinite: the first, the second, or both."""
    p, q = controls.bars[controls.count.value].value
    result = information.compare(p, q)
    infinite = [value == float("inf") for value in (result.kl, result.reverse_kl)]
    index = 2 if all(infinite) else infinite.index(True)
    why = _(
        "D(p‖q) = {kl} and D(q‖p) = {reverse} bits. An outcome that p can produce and q rules out "
        "has infinite surprisal under q; D(q‖p) averages over draws from q, which never produce it."
    )
    return index, why.format(kl=number(result.kl), reverse=number(result.reverse_kl))
