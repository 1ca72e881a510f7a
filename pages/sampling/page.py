"""Sampling sandbox: describes the page."""

from __future__ import annotations

import ui
from core import sampling as core
from core.lm.generate import generate
from pages.sampling import (
    beams,
    compare,
    controls,
    distribution,
    draw,
    questions,
    request,
    settings,
    write,
)
from pages.sampling.downloads import downloads
from pages.sampling.pitfalls import pitfalls
from pages.sampling.table import edit_rows
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    setting = controls.settings
    logits = (controls.source, controls.prompt, controls.table)
    main = [setting[field] for field in controls.MAIN]
    rail = (*logits, *main)
    seconds = (*controls.second.values(), controls.second_order)
    pairs = zip((*main, controls.order), seconds, strict=True)
    both = [control for a, b in pairs for control in (controls.marked("A", a), b)]
    further = [*(setting[f] for f in controls.FURTHER), controls.row]
    rest = (
        controls.stages,
        settings.show_order,
        ui.More(*further, controls.written, edit_rows),
        request.draw,
    )
    common = (controls.order, *rest)
    first, limit = (setting[field] for field in controls.RUN)
    seed = (first, settings.next_seed)
    search = (setting["num_beams"], controls.steps, controls.length_penalty)
    return ui.Page(
        "sampling",
        _("Sampling sandbox"),
        _(
            "A language model gives every token a score $z_i$, its logit. Temperature and filters "
            "turn the logits into a distribution over the tokens $K$ that are kept, "
            "$p_i = e^{z_i/T} / \\sum_{j \\in K} e^{z_j/T}$. The next token is drawn from it."
        ),
        controls=controls,
        views=[
            ui.View("distribution", _("Distribution"), distribution.draw, (*rail, *common)),
            ui.View("draw", _("Draws"), draw.draw, (*rail, controls.draws, *seed, *common)),
            ui.View(
                "write",
                _("Generation"),
                write.draw,
                (*rail, write.buttons, controls.chip_color, *seed, limit, *common),
            ),
            ui.View(
                "compare",
                _("Comparison"),
                compare.draw,
                (*logits, compare.write_both, *both, controls.chip_color, *seed, limit, *rest),
            ),
            ui.View(
                "beams",
                _("Beams"),
                beams.draw,
                (controls.source, controls.prompt, *search, request.draw),
            ),
        ],
        sentences=[
            lambda text: ui.state("distribution", prompt=text),
        ],
        scenarios=[
            ui.Scenario(
                _("A fact"),
                ui.state(),
                _(
                    "“Paris” has 77.3 % of the probability before the filters and 85.6 % after "
                    "top-p 0.9, which keeps 10 tokens."
                ),
            ),
            ui.Scenario(
                _("An open story"),
                ui.state(prompt="Once upon a time, there was a"),
                _(
                    "697 tokens pass top-p 0.9, and the most likely one, “small”, has a "
                    "probability of only 6.89 %."
                ),
            ),
            ui.Scenario(
                _("Code"),
                ui.state(
                    prompt="def fibonacci(n):\n    if n <= 1:\n        return",
                    settings={"temperature": 0.2, "top_p": 0.95},
                ),
                _(
                    "“n” and a space have 93.6 % of the probability before the filters. At T = 0.2 "
                    "only “n” passes top-p 0.95."
                ),
            ),
            ui.Scenario(
                _("Chinese"),
                ui.state(prompt="中国的首都是"),
                _(
                    "Many Chinese characters take several tokens, so some bars are only bytes of a "
                    "character, such as ⟨E8⟩."
                ),
            ),
            ui.Scenario(
                _("A loop"),
                ui.state(
                    "write",
                    prompt="I am going to say it again and again and again and",
                    settings={"temperature": 0.0},
                ),
                _(
                    "Press Write: greedy decoding repeats itself, and the repeated tokens become "
                    "paler, because their probability before the filters rises. Then set the "
                    "repetition penalty (under More controls) to 1.3 and press Write again."
                ),
            ),
            ui.Scenario(
                _("The worked table"),
                ui.state(
                    source="table",
                    order="notes",
                    settings={"temperature": 0.7, "top_k": 3, "top_p": 0.8},
                ),
                _("Top-k 3, top-p 0.8 and T = 0.7 leave two tokens, with 0.848 and 0.152."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Raise the temperature"),
                _(
                    "At T = 2 the tokens without a bar of their own have 86.6 % of the "
                    "probability, up from 7.61 % before the filters, although none of them has "
                    "more than 0.273 %. Drag min-p to 0.05: 21 tokens are kept."
                ),
                ui.state("distribution", settings={"temperature": 2.0, "top_p": 1.0}),
                ui.Question(
                    _("T rises from 1 to 2. The entropy of this distribution …"),
                    [
                        _("stays the same."),
                        _("grows, but does not double."),
                        _("more than doubles."),
                    ],
                    questions.entropy_at_twice_the_temperature,
                    ui.state("distribution", settings={"temperature": 1.0, "top_p": 1.0}),
                ),
            ),
            ui.Experiment(
                _("Swap the order"),
                _(
                    "T = 1.5 and top-p 0.9 in two orders: with the temperature first (A) 3,285 "
                    "tokens are kept, with the temperature last (B) 10."
                ),
                ui.state(
                    "compare",
                    settings={"temperature": 1.5, "top_p": 0.9},
                    second={"temperature": 1.5, "top_p": 0.9},
                    second_order="llama.cpp",
                ),
            ),
            ui.Experiment(
                _("Beat greedy search"),
                _(
                    "Step through the tree. The best beam starts with “prepare”, the second most "
                    "likely token; greedy search (dotted) takes the most likely one, “start”. The "
                    "text of the best beam is 7.16 times as likely as the greedy text."
                ),
                ui.state("beams", prompt="The best way to", settings={"num_beams": 3}),
            ),
        ],
        sources=[
            ui.Source(core.sampling_trace, _("Each filter names its own paper.")),
            ui.Source(core.apply_temperature, "Hinton et al. (2015), arXiv:1503.02531, eq. 1"),
            ui.Source(core.top_k, "Fan et al. (2018), arXiv:1805.04833"),
            ui.Source(core.top_p, "Holtzman et al. (2020), arXiv:1904.09751"),
            ui.Source(core.min_p, "Nguyen et al. (2024), arXiv:2407.01082"),
            ui.Source(core.typical_p, "Meister et al. (2023), arXiv:2202.00666"),
            ui.Source(core.top_n_sigma, "Tang et al. (2024), arXiv:2411.07641"),
            ui.Source(core.repetition_penalty, "Keskar et al. (2019), arXiv:1909.05858"),
            ui.Source(core.frequency_presence_penalty),
            ui.Source(core.no_repeat_ngram),
            ui.Source(core.draw, "Devroye (1986), III.2"),
            ui.Source(core.beam_search, "Graves (2012), arXiv:1211.3711"),
            ui.Source(core.temperature_on_probabilities_trace),
            ui.Source(generate),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
