"""Figures of the activations page."""

from __future__ import annotations

from charts.activations.curves import curves, gelu_forms
from charts.activations.dead import fit, names, progress, units
from charts.activations.depth import depth
from charts.activations.ffn import matrices
from charts.activations.gated import gate_slice, plane, surface
from charts.activations.gates import gates, layer_histogram

__all__ = [
    "curves",
    "depth",
    "fit",
    "gate_slice",
    "gates",
    "gelu_forms",
    "layer_histogram",
    "matrices",
    "names",
    "plane",
    "progress",
    "surface",
    "units",
]
