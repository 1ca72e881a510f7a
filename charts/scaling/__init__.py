"""Figures of the page on scaling."""

from __future__ import annotations

from charts.scaling.chinchilla import budget, levels, plane
from charts.scaling.emergence import curve
from charts.scaling.numbers import amount, power
from charts.scaling.repeated import allocation, worth

__all__ = ["allocation", "amount", "budget", "curve", "levels", "plane", "power", "worth"]
