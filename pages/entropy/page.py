"""Entropy and KL: describes the page."""

from __future__ import annotations

import ui
from core import information as core
from pages.entropy import coin, compare, controls, fit, loss, questions, simplex, table
from pages.entropy.downloads import downloads
from pages.entropy.pitfalls import pitfalls
from ui import _


def _preset(name: str) -> ui.State:
    """The state in which p is a preset and q uniform."""
    p = {
        "uniform": core.uniform(6),
        "one-hot": core.one_hot(6, 1),
        "skewed": core.skewed(6, 0.5),
        "zipf": core.zipf(10),
        "modes": core.two_modes(12),
    }[name]
    return _dragged(p.tolist(), core.uniform(len(p)).tolist())


def _dragged(p: list[float], q: list[float]) -> ui.State:
    return ui.state("compare", count=len(p), bars={len(p): [p, q]})


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "entropy",
        _("Entropy and KL"),
        _(
            "Entropy $H(p) = -\\sum p \\log p$ is the average surprisal of a draw from $p$. "
            "Encode $p$ with a code made for $q$ and you pay $H(p,q) = -\\sum p \\log q$; the "
            "difference is $D(p\\|q)$."
        ),
        controls=controls,
        views=[
            ui.View(
                "compare",
                _("p and q"),
                compare.draw,
                (
                    controls.source,
                    controls.count,
                    controls.text_p,
                    controls.text_q,
                    controls.prompt_p,
                    controls.prompt_q,
                    controls.base,
                    controls.terms,
                    table.edit_as_table,
                ),
            ),
            ui.View("coin", _("A coin"), coin.draw, (controls.heads,)),
            ui.View(
                "simplex",
                _("Three outcomes"),
                simplex.draw,
                (controls.scale, controls.triangle),
            ),
            ui.View(
                "fit",
                _("Fit a Gaussian"),
                fit.draw,
                (controls.gap, controls.weight, controls.mean, controls.width),
            ),
            ui.View(
                "loss",
                _("A classifier's loss"),
                loss.draw,
                (*controls.logits.values(), controls.truth, controls.smoothing),
            ),
        ],
        sentences=[
            lambda text: ui.state("compare", source="model", prompt_p=text),
            lambda text: ui.state("compare", source="letters", text_p=text),
        ],
        scenarios=[
            ui.Scenario(_("Uniform"), _preset("uniform"), _("p = q, so every divergence is 0.")),
            ui.Scenario(_("One-hot"), _preset("one-hot"), _("The outcome is certain: H(p) = 0.")),
            ui.Scenario(
                _("Skewed"), _preset("skewed"), _("Each outcome is half as likely as the last.")
            ),
            ui.Scenario(
                "Zipf",
                _preset("zipf"),
                _("Probabilities fall as 1, ½, ⅓, …, roughly as the frequencies of words do."),
            ),
            ui.Scenario(
                _("Two modes"), _preset("modes"), _("Two peaks with a valley between them.")
            ),
            ui.Scenario(
                _("Letters"),
                ui.state("compare", source="letters"),
                _("Letter frequencies of an English and a Spanish sentence."),
            ),
            ui.Scenario(
                _("Two prompts"),
                ui.state("compare", source="model"),
                _("The probabilities of all next tokens after two prompts."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("An impossible outcome"),
                _(
                    "q gives D probability 0, but p does not. D(p‖q) is infinite, D(q‖p) is "
                    "finite. Drag q's bar of D up slightly, and ∞ becomes a fraction of a bit."
                ),
                _dragged([0.4, 0.3, 0.2, 0.1], [0.5, 0.3, 0.2, 0.0]),
                ui.Question(
                    _("p gives D the probability 0.1. q's bar of D is dragged down to 0. Then …"),
                    [
                        _("D(p‖q) becomes infinite, D(q‖p) does not."),
                        _("D(q‖p) becomes infinite, D(p‖q) does not."),
                        _("both become infinite."),
                    ],
                    questions.divergence_from_zero,
                    _dragged([0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]),
                ),
            ),
            ui.Experiment(
                _("Mode-covering or mode-seeking"),
                _(
                    "Play the steps from 0: the fit by forward KL covers both modes, that by "
                    "reverse KL settles on the right one, where it started."
                ),
                ui.state("fit", gap=5.0, weight=0.5, mean=1.0, step=controls.FIT_STEPS),
                ui.Question(
                    _(
                        "p has two separate modes. Gradient descent fits one Gaussian q by "
                        "D(q‖p), the reverse KL divergence, from a mean of 1. It ends …"
                    ),
                    [
                        _("between the two modes."),
                        _("on one of the modes."),
                        _("wide enough to cover both modes."),
                    ],
                    questions.where_reverse_kl_ends,
                    ui.state("fit", gap=5.0, weight=0.5, mean=1.0, step=0),
                ),
            ),
            ui.Experiment(
                _("Overconfidence"),
                _(
                    "The logit of the correct class is 8 above the others. With label smoothing of "
                    "0.1 the loss is 0.601 nats, although q is almost certain; set ε to 0 and it "
                    "falls to 0.001 nats."
                ),
                ui.state(
                    "loss",
                    logits={"cat": 8.0, "dog": 0.0, "bird": 0.0, "fish": 0.0},
                    truth="cat",
                    smoothing=0.1,
                ),
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
            ui.Source(core.terms_by_outcome, "Cover and Thomas (2006), section 2.8"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
