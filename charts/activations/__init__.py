"""Figures of the activations page: curves, gates, gradients through depth, dead units, FFNs."""

from __future__ import annotations

from charts.activations.curves import curves, gelu_forms

__all__ = ["curves", "gelu_forms"]
