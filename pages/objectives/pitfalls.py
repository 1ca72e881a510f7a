"""Mistakes that people make with training objectives."""

from __future__ import annotations

import ui
from ui import _


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Shifting the labels twice"),
            _(
                "Most libraries shift the labels inside the model: row t of the logits predicts "
                "token t + 1. Labels that are shifted before train the model to predict the token "
                "after the next one."
            ),
        ),
        ui.Pitfall(
            _("Padding with the end token and masking it"),
            _(
                "If the padding token is the end token, a mask that removes all padding also "
                "removes the end of every answer. The model never learns to stop."
            ),
        ),
        ui.Pitfall(
            _("Template marks in a user's text"),
            _(
                "A user can type <|im_end|>. If the tokenizer reads it as the end token, the text "
                "ends its own turn. Here a message is encoded without special tokens."
            ),
        ),
        ui.Pitfall(
            _("Reading DPO's loss as quality"),
            _(
                "The loss depends only on the difference of two log-ratios. Log the "
                "log-probability of the chosen answer too: it can fall while the loss falls."
            ),
        ),
    ]
