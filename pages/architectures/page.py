"""Architectures and the KV cache: describes the page."""

from __future__ import annotations

import ui
from core.attention import architecture_masks
from pages.architectures import controls, masks
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "architectures",
        _("Architectures and the KV cache"),
        _(
            "A mask decides which tokens each token attends to. It also decides what a model can "
            "predict and which of its results it can keep."
        ),
        controls=controls,
        views=[ui.View("masks", _("Four masks"), masks.draw, (controls.token, controls.prefix, controls.sentence))],
        sources=[ui.Source(architecture_masks)],
    )


if __name__ == "__main__":
    ui.render(page())
