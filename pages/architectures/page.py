"""Architectures and the KV cache: describes the page."""

from __future__ import annotations

import ui
from core.architectures import sentence_mask
from core.architectures.twins import Twins
from core.objectives import mask_tokens, masked_count, overlap_test, sentence_pairs
from pages.architectures import controls, cost, gaps, masking, masks, pairs
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
        views=[
            ui.View(
                "masks",
                _("Four masks"),
                masks.draw,
                (controls.token, controls.prefix, controls.sentence),
            ),
            ui.View(
                "masking",
                _("Masked tokens"),
                masking.draw,
                (controls.rate, controls.mask_seed, controls.mask_text),
            ),
            ui.View("gaps", _("Filling gaps"), gaps.draw, (controls.gap, controls.gap_text)),
            ui.View("cost", _("Learning from 15 %"), cost.draw, (controls.step, controls.by)),
            ui.View(
                "pairs",
                _("Next sentence"),
                pairs.draw,
                (controls.pair, controls.pair_seed, controls.pair_text),
            ),
        ],
        sources=[
            ui.Source(sentence_mask, "Raffel et al. (2019), figures 3 and 4"),
            ui.Source(masked_count, "google-research/bert, create_pretraining_data.py"),
            ui.Source(mask_tokens, "Devlin et al. (2018), section 3.1"),
            ui.Source(Twins.fill),
            ui.Source(sentence_pairs, "Devlin et al. (2018), section 3.1"),
            ui.Source(overlap_test),
        ],
    )


if __name__ == "__main__":
    ui.render(page())
