"""Architectures and the KV cache: describes the page."""

from __future__ import annotations

import ui
from core import architectures as core
from core.architectures.twins import Twins
from core.objectives import mask_tokens, masked_count, overlap_test, sentence_pairs
from pages.architectures import (
    bert_downloads,
    cache_downloads,
    cache_lessons,
    cache_sizes,
    controls,
    conversation,
    cost,
    gaps,
    lessons,
    masking,
    masks,
    pairs,
    timing,
)
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
            ui.View(
                "conversation",
                _("KV cache"),
                conversation.draw,
                (
                    controls.request,
                    controls.edit,
                    controls.template,
                    controls.architecture,
                    ui.More(controls.system, controls.conversation, label=_("Texts")),
                ),
            ),
            ui.View(
                "timing",
                _("Cache timed"),
                timing.draw,
                (
                    controls.request,
                    controls.edit,
                    controls.steps,
                    controls.template,
                    timing.buttons,
                ),
            ),
            ui.View(
                "cache_size",
                _("Cache size"),
                cache_sizes.draw,
                (controls.context, controls.model, controls.guess, controls.precision),
            ),
        ],
        sentences=[
            lambda text: ui.state("masks", sentence=text),
            lambda text: ui.state("masking", mask_text=text),
        ],
        scenarios=[*lessons.scenarios(), *cache_lessons.scenarios()],
        experiments=[*lessons.experiments(), *cache_lessons.experiments()],
        sources=[
            ui.Source(core.sentence_mask, "Raffel et al. (2019), figures 3 and 4"),
            ui.Source(masked_count, "google-research/bert, create_pretraining_data.py"),
            ui.Source(mask_tokens, "Devlin et al. (2018), section 3.1"),
            ui.Source(Twins.fill),
            ui.Source(sentence_pairs, "Devlin et al. (2018), section 3.1"),
            ui.Source(overlap_test),
            ui.Source(core.requests, "ChatML; the chat template of Qwen3"),
            ui.Source(core.shared_prefix, "Zheng et al. (2024), section 3"),
            ui.Source(core.cache_reuse, "Raffel et al. (2020), section 3.2.1"),
            ui.Source(core.timed_passes),
            ui.Source(core.cache_size, "Pope et al. (2022), section 2.2; DeepSeek-V2 (2024), 2.1"),
        ],
        pitfalls=[*lessons.pitfalls(), *cache_lessons.pitfalls()],
        downloads=[*bert_downloads.downloads(), *cache_downloads.downloads()],
    )


if __name__ == "__main__":
    ui.render(page())
