"""Normalization: describes the page."""

from __future__ import annotations

import ui
from core import normalization as core
from pages.normalization import axes, controls
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "normalization",
        _("Normalization"),
        _(
            "A norm rescales values by their own statistics. It matters over which values the "
            "statistics run, and whether the norm comes before or after a layer."
        ),
        controls=controls,
        views=[
            ui.View(
                "axes",
                _("Axes"),
                axes.draw,
                (
                    controls.length,
                    controls.kind,
                    controls.masked,
                    controls.sentence,
                    controls.token,
                    controls.feature,
                    ui.More(controls.batch_seed),
                ),
            ),
        ],
        sources=[ui.Source(core.statistics_group, "Wu and He (2018); Shen et al. (2020)")],
    )


if __name__ == "__main__":
    ui.render(page())
