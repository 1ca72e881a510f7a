"""One sentence under four masks."""

from __future__ import annotations

import ui
from pages.architectures import controls


def draw() -> None:
    """Draw the masks."""
    ui.note(controls.sentence.value)
