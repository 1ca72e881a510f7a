"""Entropy and KL: what a distribution knows, and what believing another one costs."""

from __future__ import annotations

import ui
from core import information as core
from pages.entropy_parts import compare, downloads, pictures
from ui import _


def bars(p: list[float], q: list[float]) -> dict[str, object]:
    """The state in which p and q are these, to be dragged."""
    return {
        "entropy_view": "compare",
        "ent_src": "drag",
        "ent_n": len(p),
        f"ent_bars{len(p)}": ui.bars_text([p, q]),
    }


def preset(name: str) -> dict[str, object]:
    """p of a preset, q uniform."""
    made = {
        "uniform": core.uniform(6),
        "one-hot": core.one_hot(6, 1),
        "skewed": core.skewed(6, 0.5),
        "zipf": core.zipf(10),
        "modes": core.two_modes(12),
    }[name]
    return bars(made.tolist(), core.uniform(len(made)).tolist())


ui.render(
    ui.Page(
        "entropy",
        _("Entropy and KL"),
        _(
            "Entropy $H(p) = -\\sum p \\log p$ is mean surprise. Believe $q$ where $p$ is true, "
            "and you pay $H(p,q) = -\\sum p \\log q$: the difference is $D(p\\|q)$."
        ),
        views=[
            ui.View("compare", _("p and q"), compare.draw),
            ui.View("coin", _("A coin"), pictures.coin),
            ui.View("simplex", _("Three outcomes"), pictures.simplex),
            ui.View("fit", _("Fit a Gaussian"), pictures.fit),
            ui.View("loss", _("A classifier's loss"), pictures.loss),
        ],
        scenarios=[
            ui.Scenario(_("Uniform"), preset("uniform"), _("p = q: nothing to pay.")),
            ui.Scenario(_("One-hot"), preset("one-hot"), _("No surprise: H(p) = 0.")),
            ui.Scenario(_("Skewed"), preset("skewed"), _("Each outcome half as likely.")),
            ui.Scenario("Zipf", preset("zipf"), _("As words are: 1, ½, ⅓, …")),
            ui.Scenario(_("Two modes"), preset("modes"), _("Two bumps, a valley between them.")),
            ui.Scenario(
                _("Letters"),
                {"entropy_view": "compare", "ent_src": "letters"},
                _("English against Spanish."),
            ),
            ui.Scenario(
                _("Two prompts"),
                {"entropy_view": "compare", "ent_src": "model"},
                _("The model's next token after two prompts."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("An impossible outcome"),
                _(
                    "q says that D never happens; p disagrees. D(p‖q) is ∞, D(q‖p) is not. Pull "
                    "q's D up by a hair, and ∞ turns into a fraction of a bit."
                ),
                bars([0.4, 0.3, 0.2, 0.1], [0.5, 0.3, 0.2, 0.0]),
            ),
            ui.Experiment(
                _("Cover or seek"),
                _("Play the steps. One Gaussian straddles both modes, the other picks one."),
                {
                    "entropy_view": "fit",
                    "ent_gap": 5.0,
                    "ent_w": 0.5,
                    "ent_mean": 1.0,
                    "ent_step": 0,
                },
            ),
            ui.Experiment(
                _("Too sure of itself"),
                _(
                    "The logit of the right class is far ahead. With label smoothing at 0.1 the "
                    "loss rises again: turn ε to 0 and watch it vanish."
                ),
                {
                    "entropy_view": "loss",
                    "ent_z_cat": 8.0,
                    "ent_z_dog": 0.0,
                    "ent_z_bird": 0.0,
                    "ent_z_fish": 0.0,
                    "ent_truth": "cat",
                    "ent_eps": 0.1,
                },
            ),
        ],
        sources=[
            ui.Source(core.entropy, "Shannon (1948), A Mathematical Theory of Communication"),
            ui.Source(core.cross_entropy, "Cover and Thomas (2006), chapter 2"),
            ui.Source(core.kl_divergence, "Kullback and Leibler (1951)"),
            ui.Source(core.pointwise_kl),
            ui.Source(core.js_divergence, "Lin (1991)"),
            ui.Source(core.compare),
            ui.Source(core.kl_landscape, "Csiszár (1975)"),
            ui.Source(core.fit_gaussian, "Murphy (2012), 21.2.2; Amari (1998)"),
            ui.Source(core.classifier_loss, "Szegedy et al. (2016), section 7"),
            ui.Source(core.letter_pair),
        ],
        pitfalls=[
            ui.Pitfall(
                _("KL is not a distance"),
                _(
                    "D(p‖q) and D(q‖p) differ, and neither obeys the triangle inequality. Say "
                    "which one you mean; training a model by maximum likelihood is D(data‖model)."
                ),
            ),
            ui.Pitfall(
                _("Clipping a zero hides an infinity"),
                _(
                    "Put 10⁻⁸ in place of q's 0, and ∞ becomes a bit or two: it looks harmless and "
                    "says nothing but the 10⁻⁸. Every further 10⁻⁴ adds p · 13.3 bits."
                ),
                downloads.clipped,
            ),
            ui.Pitfall(
                _("Cross-entropy does not reach 0"),
                _(
                    "Its floor is H(p). With label smoothing, or with language, where the next "
                    "word is truly open, a loss of 0 would be wrong."
                ),
            ),
            ui.Pitfall(
                _("A single term may be negative"),
                _(
                    "p·log(p/q) is below 0 wherever q > p. Only the sum is never negative; taking "
                    "absolute values, or stopping the sum early, is another quantity."
                ),
            ),
        ],
        downloads=downloads.tables(),
    )
)
