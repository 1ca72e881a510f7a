"""Figures of the n-gram page."""

from __future__ import annotations

from charts.ngrams.order import order, unseen

__all__ = ["order", "unseen"]
