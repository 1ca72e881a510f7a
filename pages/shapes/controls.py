"""The controls of the page "Shapes and sizes"."""

from __future__ import annotations

from ui import N_, Slider

rate = Slider("shapes_rate", N_("Rate"), 0.1, 20, 3, 0.1, help=N_("How fast the curve falls."))
