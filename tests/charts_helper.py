"""Check a chart: Plotly's own validator must accept it, in both themes."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch

from charts.theme import Mode, Spec, resolve


def plain(value: Any) -> Any:
    """`value` with torch tensors as numpy arrays, at any depth."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def validated(spec: Spec, mode: Mode = "light") -> go.Figure:
    """The figure that a browser draws of `spec`; raises where Plotly knows a field or value not.

    Color tokens that nothing resolved ("@p" left in a marker) are refused by Plotly too.
    """
    return go.Figure(plain(resolve(spec, mode)))


def assert_valid(spec: Spec) -> go.Figure:
    """Valid in light and dark, with named axes; returns the light figure."""
    figure = validated(spec)
    validated(spec, "dark")
    for trace in spec["data"]:
        for name in ("x", "y", "z"):
            held = trace.get(name)
            if isinstance(held, (torch.Tensor, np.ndarray)):
                assert held.ndim in (1, 2), (
                    f"{name} has {held.ndim} dimensions; the wire takes 1, 2"
                )
    return figure
