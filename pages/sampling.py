"""Sampling sandbox: from a model's logits to the next token, filter by filter."""

from __future__ import annotations

import ui
from core import sampling as core
from core.lm.generate import generate
from pages.sampling_parts import beams, compare, distribution, drawing, settings, write
from pages.sampling_parts.downloads import downloads
from pages.sampling_parts.pitfalls import pitfalls
from pages.sampling_parts.settings import start_state
from ui import _

settings.keep_in_url()

ui.render(
    ui.Page(
        "sampling",
        _("Sampling sandbox"),
        _(
            "A language model gives every token a score $z_i$. Temperature, filters and their "
            "order make a distribution of it, $p_i = e^{z_i/T} / \\sum_{j \\in K} e^{z_j/T}$ over "
            "the tokens $K$ that are left, and one draw is the next token."
        ),
        views=[
            ui.View("distribution", _("Distribution"), distribution.draw),
            ui.View("draw", _("Draw"), drawing.draw),
            ui.View("write", _("Write"), write.draw),
            ui.View("compare", _("Compare"), compare.draw),
            ui.View("beams", _("Beams"), beams.draw),
        ],
        scenarios=[
            ui.Scenario(
                _("A fact"),
                start_state(),
                _("One token has most of the probability."),
            ),
            ui.Scenario(
                _("An open story"),
                start_state(prompt="Once upon a time, there was a"),
                _("Many tokens are about as likely."),
            ),
            ui.Scenario(
                _("Code"),
                start_state(
                    prompt="def fibonacci(n):\n    if n <= 1:\n        return", T=0.2, p=0.95
                ),
                _("Grammar leaves few choices: a low temperature."),
            ),
            ui.Scenario(
                _("Chinese"),
                start_state(prompt="中国的首都是"),
                _("One character takes several tokens: bytes in the bars."),
            ),
            ui.Scenario(
                _("A loop"),
                start_state(
                    prompt="I am going to say it again and again and again and",
                    T=0.0,
                    sampling_view="write",
                ),
                _("Greedy repeats itself. Write; then again with a repetition penalty of 1.3."),
            ),
            ui.Scenario(
                _("The worked table"),
                start_state(source="table", T=0.7, k=3, p=0.8, order="notes"),
                _("女孩, 鞋子, 大象, 其他 through top-k 3, top-p 0.8 and T = 0.7."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Heat it up"),
                _(
                    "T = 2 without filters: the hidden tail, thousands of tokens that are nonsense "
                    "one by one, takes over. Now drag min-p to 0.05."
                ),
                start_state(T=2.0, p=1.0, sampling_view="distribution"),
            ),
            ui.Experiment(
                _("Swap the order"),
                _(
                    "The same T = 1.5 and top-p 0.9 in two orders: with the temperature first (A) "
                    "far more tokens pass top-p than with it last (B)."
                ),
                start_state(
                    T=1.5, p=0.9, T_b=1.5, p_b=0.9, order_b="llama.cpp", sampling_view="compare"
                ),
            ),
            ui.Experiment(
                _("Beat greedy"),
                _(
                    "Step through the tree: the beam that wins was not the first at its first "
                    "step, where greedy never came back. The dotted lane is greedy."
                ),
                start_state(prompt="The best way to", beams=3, sampling_view="beams"),
            ),
        ],
        sources=[
            ui.Source(core.sampling_trace, _("The stages' own papers, named in each filter.")),
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
)
