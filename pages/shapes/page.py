"""Shapes and sizes: the declaration of the page."""

from __future__ import annotations

import ui
from core import shapes as core
from pages.shapes import controls, curve
from ui import _


def page() -> ui.Page:
    """Return the declaration of the page."""
    return ui.Page(
        "shapes",
        _("Shapes and sizes"),
        _("One plain sentence that says what this page shows."),
        controls=controls,
        views=[ui.View("curve", _("Curve"), curve.draw, (controls.rate,))],
        scenarios=[
            ui.Scenario(_("Fast"), ui.state("curve", rate=12.0), _("The curve falls quickly."))
        ],
        sources=[ui.Source(core.decay)],
    )


if __name__ == "__main__":
    ui.render(page())
