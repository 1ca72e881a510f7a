"""Figures of the entropy page."""

from charts.entropy.measures import (
    amount,
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
    "amount",
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
