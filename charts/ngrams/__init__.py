"""Figures of the n-gram page."""

from __future__ import annotations

from charts.ngrams.copying import copied, repetition
from charts.ngrams.following import Row, at_every_n, smoothed
from charts.ngrams.order import order, unseen

__all__ = ["Row", "at_every_n", "copied", "order", "repetition", "smoothed", "unseen"]
