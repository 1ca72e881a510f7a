"""Figures of the page on scaling."""

from __future__ import annotations

from charts.scaling.chinchilla import budget, level_labels, levels, plane
from charts.scaling.emergence import curve
from charts.scaling.numbers import amount, latex_power, power
from charts.scaling.repeated import allocation, worth

__all__ = [
    "allocation",
    "amount",
    "budget",
    "curve",
    "latex_power",
    "level_labels",
    "levels",
    "plane",
    "power",
    "worth",
]
