"""MoE routing: describes the page."""

from __future__ import annotations

import ui
from core import moe as core
from core.moe.tiny_lm import MoELanguageModel
from core.moe.tiny_lm_upcycling import upcycle_tiny_lm
from pages.moe import controls, growing, hand, learned, questions, sizes, text
from pages.moe.downloads import downloads
from pages.moe.pitfalls import pitfalls
from ui import _

SIXTEEN = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen"
)


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "moe",
        _("MoE routing"),
        _(
            "A mixture of experts (MoE) layer has many feed-forward networks and sends each token "
            "through only $k$ of them: $y = \\sum_{i \\in \\text{top-}k} g_i\\,E_i(x)$. A small "
            "router chooses them and computes the gates $g$."
        ),
        controls=controls,
        views=[
            ui.View("hand", _("Step by step"), hand.draw, (
                controls.experts, controls.top_k, controls.capacity, controls.stage,
                controls.words, controls.normalize, controls.bias_rounds,
                ui.More(
                    controls.bias_rate, controls.pick, controls.noise, controls.scale,
                    controls.shared, controls.jitter, controls.noise_seed, controls.seed,
                ),
            )),
            ui.View("learned", _("Live training"), learned.draw, (
                controls.balance, learned.buttons, controls.speed, controls.train_experts,
                controls.train_top_k, controls.dataset,
                ui.More(
                    controls.train_pick, controls.train_noise,
                    controls.train_normalize, controls.z_loss, controls.train_bias_rate,
                    controls.learning_rate, controls.train_width, controls.train_seed,
                ),
            )),
            ui.View("text", _("Language model"), text.draw, (
                controls.layer, controls.text, controls.text_pick,
            )),
            ui.View("growing", _("Upcycling"), growing.draw, (
                controls.network, growing.buttons, controls.copies, controls.copies_used,
                controls.copy_at, controls.copy_dataset, controls.domain, controls.copy_text,
                controls.copy_normalize,
                ui.More(
                    controls.copy_speed, controls.copy_pick, controls.copy_token,
                    controls.copy_width, controls.copy_seed,
                ),
            )),
            ui.View("sizes", _("Model sizes"), sizes.draw, (
                controls.model, *controls.sizes.values(), controls.context,
            )),
        ],
        sentences=[
            lambda text: ui.state("text", text=text),
            lambda text: ui.state("hand", words=text),
            lambda text: ui.state("growing", network="text", copy_text=text),
        ],
        scenarios=[
            ui.Scenario(
                _("Mixtral: top 2"), ui.state("hand"),
                _("Each token goes to two experts. A softmax over the two gives its gates."),
            ),
            ui.Scenario(
                _("Switch: top 1"),
                ui.state("hand", top_k=1, normalize="before", capacity=1.0),
                _(
                    "Each token goes to one expert. With a capacity factor of 1, a token whose "
                    "expert is already full is dropped."
                ),
            ),
            ui.Scenario(
                _("Shared experts"), ui.state("hand", experts=8, top_k=3, shared=1),
                _("Every token passes through one shared expert and three of eight routed ones."),
            ),
            ui.Scenario(
                _("Spirals"), ui.state("learned"),
                _("Press Train: the router learns to divide the plane among the experts."),
            ),
            ui.Scenario(
                _("Loss-free"),
                ui.state("learned", dataset="gaussians", balance=0.0, train_bias_rate=0.01),
                _("No balancing loss: only a bias on the choice of experts balances the load."),
            ),
            ui.Scenario(
                _("Four domains"), ui.state("text"),
                _("English, Chinese, code and numbers: compare the experts of their tokens."),
            ),
            ui.Scenario(
                _("Upcycled language model"), ui.state("growing", network="text"),
                _("Copying the FFNs into experts leaves the surprisals unchanged at first."),
            ),
            ui.Scenario(
                "DeepSeek-V3", ui.state("sizes", model="DeepSeek-V3"),
                _("256 routed experts per layer, of which each token uses 8, and 1 shared expert."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Let an expert overflow"),
                _(
                    "Equal words choose equal experts, so most tokens here compete for the same "
                    "two. Raise the capacity factor until none is dropped."
                ),
                ui.state("hand", words="ha ha ha ha ha ha ha ha but why", capacity=1.0),
                ui.Question(
                    _(
                        "Eight of ten words are equal. Each expert accepts as many tokens as it "
                        "would get if the load were even (factor 1). Of all assignments, …"
                    ),
                    [
                        _("none is dropped."),
                        _("less than half are dropped."),
                        _("at least half are dropped."),
                    ],
                    questions.dropped_at_capacity_one,
                    ui.state("hand", words="ha ha ha ha ha ha ha ha but why"),
                ),
            ),
            ui.Experiment(
                _("Dead experts"),
                _(
                    "The balancing loss is off. Press Train: one expert soon receives every point "
                    "and the others die. Then raise the balancing loss. Do they recover?"
                ),
                ui.state("learned", balance=0.0),
            ),
            ui.Experiment(
                _("Balance by bias alone"),
                _(
                    "Sixteen different words, one expert each: after forty rounds of loss-free "
                    "balancing every queue holds four tokens, although the probabilities are "
                    "unchanged. Play the rounds from 0. Then raise the bias step size to 0.05 "
                    "under “More controls”. What happens to the curve?"
                ),
                ui.state(
                    "hand", words=SIXTEEN, top_k=1, bias_rounds=40, bias_rate=0.005,
                    stage="softmax",
                ),
            ),
        ],
        sources=[
            ui.Source(core.route, "Shazeer et al. (2017), arXiv:1701.06538; arXiv:2401.04088, 2.1"),
            ui.Source(core.expert_capacity, "Fedus et al. (2021), Switch, arXiv:2101.03961, eq. 3"),
            ui.Source(core.load_balancing_terms, "Fedus et al. (2021), arXiv:2101.03961, eq. 4–6"),
            ui.Source(core.router_z_loss, "Zoph et al. (2022), ST-MoE, arXiv:2202.08906, eq. 5"),
            ui.Source(core.update_bias, "Wang et al. (2024), arXiv:2408.15664, algorithm 1"),
            ui.Source(core.jitter, "Fedus et al. (2021), arXiv:2101.03961, section 2.4"),
            ui.Source(core.MoELayer, "Dai et al. (2024), DeepSeekMoE, arXiv:2401.06066, 3.2"),
            ui.Source(core.ToyTrainer, "Shazeer et al. (2017), arXiv:1701.06538, section 4"),
            ui.Source(MoELanguageModel, "Jiang et al. (2024), Mixtral, arXiv:2401.04088"),
            ui.Source(core.specialization),
            ui.Source(core.upcycle, "Komatsuzaki et al. (2023), arXiv:2212.05055, section 3"),
            ui.Source(upcycle_tiny_lm, "Komatsuzaki et al. (2023), arXiv:2212.05055"),
            ui.Source(core.moe_parameters, "Kaplan et al. (2020), arXiv:2001.08361, table 1"),
            ui.Source(core.dense_at_equal_flops),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )  # fmt: skip


if __name__ == "__main__":
    ui.render(page())
