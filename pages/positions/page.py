"""RoPE and positions: how a model without order is told what stands where."""

from __future__ import annotations

import ui
from core import positions as core
from pages.positions_parts import (
    downloads,
    extend,
    others,
    pairings,
    pitfalls,
    real,
    score,
    turn,
    waves,
)
from ui import _

VIEW = ui.view_key("positions")


def context(base: int, size: int, length: int) -> dict[str, object]:
    """The wavelengths of a model's heads against its training length."""
    return {VIEW: "waves", "rope_base": base, "rope_dim": str(size), "rope_len": length}


ui.render(
    ui.Page(
        "positions",
        _("RoPE and positions"),
        _(
            "RoPE turns each pair of numbers of q and k by position × speed. A product of two "
            "turned vectors depends only on how far apart they stand: "
            "$(R_m q)\\cdot(R_n k) = q\\cdot R_{n-m}k$."
        ),
        views=[
            ui.View("turn", _("Turning"), turn.draw),
            ui.View("score", "q·k", score.draw),
            ui.View("waves", _("Wavelengths"), waves.draw),
            ui.View("decay", _("Decay"), waves.decay),
            ui.View("pairings", _("Pairings"), pairings.draw),
            ui.View("extend", _("Longer texts"), extend.draw),
            ui.View("model", _("The model's q and k"), real.draw),
            ui.View("others", _("Alternatives"), others.draw),
        ],
        scenarios=[
            ui.Scenario(
                _("32 clocks"),
                {VIEW: "turn", "rope_d": "64", "rope_m": 300, "rope_pair": 10},
                _("A head of 64 numbers at position 300."),
            ),
            ui.Scenario(
                "Llama 2",
                context(10_000, 128, 4096),
                _("Base 10 000, trained on 4096 tokens, heads of 128."),
            ),
            ui.Scenario(
                "Llama 3",
                context(500_000, 128, 8192),
                _("Base 500 000, trained on 8192 tokens, heads of 128."),
            ),
            ui.Scenario(
                "Llama 3.1",
                {
                    VIEW: "extend",
                    "rope_kinds": "linear,yarn,llama3",
                    "rope_base": 500_000,
                    "rope_dim": "128",
                    "rope_orig": 8192,
                    "rope_factor": 8.0,
                    "rope_now": 131_072,
                },
                _("From 8192 to 131 072 tokens with factor 8."),
            ),
            ui.Scenario(
                _("A head that looks one back"),
                {
                    VIEW: "model",
                    "rope_layer": 16,
                    "rope_head": 0,
                    "rope_drawn": "scores",
                    "rope_side": "distance",
                },
                _("Layer 16, head 0: without RoPE it would not know where that is."),
            ),
            ui.Scenario(
                _("Past the table's end"),
                {VIEW: "others", "rope_T": 96, "rope_rows": 32, "rope_pic": "learned"},
                _("A text of 96 tokens, a learned table of 32 rows."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Together, then apart"),
                _(
                    "Drag “Shift both”: the arrows spin, q·k stands still. Then drag “q at m” "
                    "alone."
                ),
                {
                    VIEW: "score",
                    "rope_q": 20,
                    "rope_k": 12,
                    "rope_both": 100,
                    "rope_qk": "random",
                },
            ),
            ui.Experiment(
                _("Raise the base"),
                _(
                    "Drag the base from 10 000 to 1 000 000: slow pairs slow down further, the "
                    "fastest does not change. More and more never go round within 32 768 tokens."
                ),
                context(10_000, 64, 32_768),
            ),
            ui.Experiment(
                _("A slip that hides"),
                _(
                    "“Halves joined” gives the right score as long as q and k share the slip. "
                    "Compare the vectors, then the line with the slip in q only."
                ),
                {VIEW: "pairings", "rope_pm": 3, "rope_pd": 4, "rope_ph": "8"},
            ),
        ],
        sources=[
            ui.Source(core.rope_frequencies, "Su et al. 2021, RoFormer, arXiv:2104.09864, (15)"),
            ui.Source(core.rope_tables),
            ui.Source(core.rotate, "RoFormer, (34)"),
            ui.Source(core.apply_rope, "RoFormer, section 3.2.2"),
            ui.Source(core.rotation_matrix, "RoFormer, (15)"),
            ui.Source(core.rope_score, "RoFormer, (16)"),
            ui.Source(core.score_by_offset, "RoFormer, (35)"),
            ui.Source(core.score_decay, "RoFormer, section 3.4.3, (36), (37)"),
            ui.Source(core.pair_clocks),
            ui.Source(core.compare_pairings),
            ui.Source(core.rope_concatenated_slip),
            ui.Source(core.rope_mixed_tables_slip),
            ui.Source(core.permute_projection),
            ui.Source(
                core.RopeScaling,
                "Chen et al. 2023, arXiv:2306.15595; bloc97 and emozilla 2023; "
                "Peng et al. 2023, YaRN, arXiv:2309.00071; Llama 3.1, 2024",
            ),
            ui.Source(core.yarn_keep_share, "YaRN, section 3.2"),
            ui.Source(core.llama3_keep_share, "Llama 3.1, 2024"),
            ui.Source(core.position_scores),
            ui.Source(core.sinusoidal_encoding, "Vaswani et al. 2017, arXiv:1706.03762, 3.5"),
            ui.Source(core.learned_positions, "Radford et al. 2018; Devlin et al. 2018"),
            ui.Source(core.alibi_slopes, "Press et al. 2021, arXiv:2108.12409, section 3"),
            ui.Source(core.alibi_bias, "Press et al. 2021, arXiv:2108.12409"),
        ],
        pitfalls=pitfalls.pitfalls(),
        downloads=downloads.tables(),
    )
)
