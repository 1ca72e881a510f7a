"""Architectures and the KV cache: describes the page."""

from __future__ import annotations

import ui
from core import architectures as core
from core.attention import architecture_masks
from pages.architectures import (
    cache_downloads,
    cache_lessons,
    cache_sizes,
    controls,
    conversation,
    masks,
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
            ui.View("masks", _("Four masks"), masks.draw, (controls.sentence,)),
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
        scenarios=cache_lessons.scenarios(),
        experiments=cache_lessons.experiments(),
        sources=[
            ui.Source(architecture_masks),
            ui.Source(core.requests, "ChatML; the chat template of Qwen3"),
            ui.Source(core.shared_prefix, "Zheng et al. (2024), section 3"),
            ui.Source(core.cache_reuse, "Raffel et al. (2020), section 3.2.1"),
            ui.Source(core.timed_passes),
            ui.Source(core.cache_size, "Pope et al. (2022), section 2.2; DeepSeek-V2 (2024), 2.1"),
        ],
        pitfalls=cache_lessons.pitfalls(),
        downloads=cache_downloads.downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
