"""MoE routing: which experts a token goes to, why some fill up and others die."""

from __future__ import annotations

import ui
from core import moe as core
from core.moe.tiny_lm import MoELanguageModel
from core.moe.tiny_lm_upcycling import upcycle_language_model
from pages.moe_parts import growing, hand, hand_controls, hidden, learned, sizes, text
from pages.moe_parts.downloads import downloads
from pages.moe_parts.pitfalls import pitfalls
from ui import _

VIEW = ui.view_key("moe")
hidden.keep_in_url()
HAND, LEARNED = hand_controls.START, learned.START

ui.render(
    ui.Page(
        "moe",
        _("MoE routing"),
        _(
            "A mixture of experts (MoE) keeps many feed-forward networks and sends each token "
            "through only $k$ of them: $y = \\sum_{i \\in \\text{top-}k} g_i\\,E_i(x)$. A small "
            "router chooses and sets the gates $g$."
        ),
        views=[
            ui.View("hand", _("By hand"), hand.draw),
            ui.View("learned", _("Learned, live"), learned.draw),
            ui.View("text", _("On text"), text.draw),
            ui.View("growing", _("Upcycling"), growing.draw),
            ui.View("sizes", _("Sizes"), sizes.draw),
        ],
        scenarios=[
            ui.Scenario(_("Mixtral: top 2"), HAND),
            ui.Scenario(
                _("Switch: top 1"),
                HAND | {"moe_k": 1, "moe_norm": "before", "moe_cap": 1.0},
                _("Who comes late finds the expert full."),
            ),
            ui.Scenario(
                _("Shared experts"),
                HAND | {"moe_experts": 8, "moe_k": 3, "moe_shared": 1},
            ),
            ui.Scenario(_("Spirals"), LEARNED),
            ui.Scenario(
                _("Loss-free"),
                LEARNED | {"moe_data": "gaussians", "moe_t_balance": 0.0, "moe_t_bias": 0.01},
                _("No balancing loss: only the selection bias keeps the experts alive."),
            ),
            ui.Scenario(_("Four texts"), {VIEW: "text", "moe_text": text.TEXT}),
            ui.Scenario(_("Dense, copied"), {VIEW: "growing", "moe_u_of": "text"}),
            ui.Scenario("DeepSeek-V3", {VIEW: "sizes", **sizes.state_of("DeepSeek-V3")}),
        ],
        experiments=[
            ui.Experiment(
                _("Let an expert overflow"),
                _(
                    "The same word, over and over: all its tokens want the same experts. Look what "
                    "falls through the floor, then drag the capacity factor up."
                ),
                HAND | {"moe_words": "ha ha ha ha ha ha ha ha but why", "moe_cap": 1.0},
            ),
            ui.Experiment(
                _("Watch experts die"),
                _(
                    "The balancing loss is off: press Train. The first expert that is a little "
                    "better gets every point. Then turn the balancing up: do the dead come back?"
                ),
                LEARNED | {"moe_t_balance": 0.0},
            ),
            ui.Experiment(
                _("Balance by bias alone"),
                _(
                    "Forty rounds of loss-free balancing (under “More”): the queues get even, the "
                    "probabilities in the table do not move at all."
                ),
                HAND | {"moe_rounds": 40, "moe_rate": 0.02, "moe_stage": "softmax"},
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
            ui.Source(upcycle_language_model, "Komatsuzaki et al. (2023), arXiv:2212.05055"),
            ui.Source(core.moe_parameters, "Kaplan et al. (2020), arXiv:2001.08361, table 1"),
            ui.Source(core.dense_at_equal_flops),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )
)  # fmt: skip
