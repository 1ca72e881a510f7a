"""Figures of the entropy page."""

from charts.entropy.measures import (
    binary_curve,
    identity,
    pair,
    pointwise,
    sum_text,
    surprise,
    unit,
)
from charts.entropy.pictures import descent, fit, loss, simplex

__all__ = [
    "binary_curve",
    "descent",
    "fit",
    "identity",
    "loss",
    "pair",
    "pointwise",
    "simplex",
    "sum_text",
    "surprise",
    "unit",
]
