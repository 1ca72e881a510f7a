"""Figures of the normalization page."""

from __future__ import annotations

from charts.normalization.sheets import cell_at, means, sheets

__all__ = ["cell_at", "means", "sheets"]
