"""RoPE and positions: describes the page."""

from __future__ import annotations

import ui
from core import positions as core
from pages.positions import controls as c
from pages.positions import decay, extend, model, others, pairings, questions, score, turn, waves
from pages.positions.downloads import downloads
from pages.positions.pitfalls import pitfalls
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "positions",
        _("RoPE and positions"),
        _(
            "RoPE rotates each pair of components of q and k by position × frequency. For given q "
            "and k, the dot product after rotation depends only on the difference of positions: "
            "$(R_m q)\\cdot(R_n k) = q\\cdot R_{n-m}k$."
        ),
        controls=c,
        views=[
            ui.View(
                "turn", _("Rotation"), turn.draw, (c.position, c.pair, c.base, c.size, c.beside)
            ),
            ui.View(
                "score",
                "q·k",
                score.draw,
                (
                    c.q_position,
                    c.k_position,
                    c.shift,
                    c.kind,
                    c.shown,
                    ui.More(c.base, c.size, c.pair, c.seed),
                ),
            ),
            ui.View(
                "waves",
                _("Wavelengths"),
                waves.draw,
                (c.base, c.context, c.wave_pair, c.model_size),
            ),
            ui.View(
                "decay",
                _("Decay"),
                decay.draw,
                (c.base, c.reach, c.mean, c.model_size, ui.More(c.samples, c.seed)),
            ),
            ui.View(
                "pairings",
                _("Pairings"),
                pairings.draw,
                (
                    c.place,
                    c.distance,
                    c.way,
                    c.index,
                    ui.More(c.base, c.pairing_size, c.seed),
                ),
            ),
            ui.View(
                "extend",
                _("Context extension"),
                extend.draw,
                (c.factor, c.original, c.extended, c.near, c.kinds, ui.More(c.base, c.model_size)),
            ),
            ui.View(
                "model",
                _("The model's q and k"),
                model.draw,
                (
                    c.layer,
                    c.head,
                    c.drawn,
                    c.side,
                    c.pair,
                    c.text,
                    c.token,
                    c.key_token,
                    model.chips,
                ),
            ),
            ui.View(
                "others",
                _("Alternatives"),
                others.draw,
                (
                    c.length,
                    c.rows,
                    c.content,
                    c.alibi_head,
                    c.schemes,
                    c.scheme,
                    c.raw,
                    ui.More(c.cell_query, c.cell_key, c.base, c.table, c.strength, c.seed),
                ),
            ),
        ],
        sentences=[
            lambda text: ui.state("model", text=text),
        ],
        scenarios=[
            ui.Scenario(
                _("32 pairs"),
                ui.state("turn", size="64", position=300, pair=10),
                _("At position 300, 14 of the 32 pairs have completed at least one turn."),
            ),
            ui.Scenario(
                "Llama 2",
                ui.state("waves", base=10_000, model_size="128", context=4096),
                _("In the 4096 tokens of training, 18 of 64 pairs complete less than one turn."),
            ),
            ui.Scenario(
                "Llama 3",
                ui.state("waves", base=500_000, model_size="128", context=8192),
                _("In the 8192 tokens of training, 29 of 64 pairs complete less than one turn."),
            ),
            ui.Scenario(
                "Llama 3.1",
                ui.state(
                    "extend",
                    kinds=["linear", "yarn", "llama3"],
                    base=500_000,
                    model_size="128",
                    original=8192,
                    factor=8.0,
                    extended=131_072,
                ),
                _(
                    "Llama 3.1 extends 8192 tokens to 131 072 with factor 8. Like YaRN, it keeps "
                    "the fast pairs and lowers the frequencies of the slow ones."
                ),
            ),
            ui.Scenario(
                _("A previous-token head"),
                ui.state("model", layer=16, head=0, drawn="scores", side="weights"),
                _(
                    "On average, a token gives 81 % of its weight to the previous token. Without "
                    "RoPE it would be 11 %."
                ),
            ),
            ui.Scenario(
                _("Longer than the table"),
                ui.state("others", length=96, rows=32, scheme="learned"),
                _("The table has 32 rows, so 64 of the 96 tokens have no position vector."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Together, then apart"),
                _(
                    "Drag “Shift both”: the arrows rotate, but q·k stays the same. Then drag only "
                    "the position of q: q·k changes."
                ),
                ui.state("score", q_position=20, k_position=12, shift=100, kind="random"),
                ui.Question(
                    _("q is at position 20, k at 12. Both move by 100. Then q·k …"),
                    [_("falls."), _("stays the same."), _("rises.")],
                    questions.score_after_a_shift_of_both,
                    ui.state("score", q_position=20, k_position=12, shift=0, kind="random"),
                ),
            ),
            ui.Experiment(
                _("Raise the base"),
                _(
                    "Drag the base from 10 000 to 1 000 000: pairs with less than one turn in "
                    "32 768 tokens grow from 2 to 12. The fastest pair does not change."
                ),
                ui.state("waves", base=10_000, model_size="64", context=32_768),
            ),
            ui.Experiment(
                _("A hidden mistake"),
                _(
                    "“Concatenated” gives correct scores as long as q and k share the mistake. "
                    "Compare the vectors, then look at the curve where only q has it."
                ),
                ui.state("pairings", place=3, distance=4, pairing_size="8"),
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
            ui.Source(core.abel_bound, "RoFormer, section 3.4.3, (36), (37)"),
            ui.Source(core.pair_clocks),
            ui.Source(core.compare_pairings),
            ui.Source(core.explain_component),
            ui.Source(core.rope_concatenated_mistake),
            ui.Source(core.rope_mixed_tables_mistake),
            ui.Source(core.permute_projection),
            ui.Source(
                core.RopeScaling,
                "Chen et al. 2023, arXiv:2306.15595; bloc97 and emozilla 2023; "
                "Peng et al. 2023, YaRN, arXiv:2309.00071; Llama 3.1, 2024",
            ),
            ui.Source(core.yarn_keep_share, "YaRN, section 3.2"),
            ui.Source(core.llama3_keep_share, "Llama 3.1, 2024"),
            ui.Source(core.position_scores),
            ui.Source(core.causal_weights),
            ui.Source(core.additive_terms),
            ui.Source(core.sinusoidal_encoding, "Vaswani et al. 2017, arXiv:1706.03762, 3.5"),
            ui.Source(core.learned_positions, "Radford et al. 2018; Devlin et al. 2018"),
            ui.Source(core.alibi_slopes, "Press et al. 2021, arXiv:2108.12409, section 3"),
            ui.Source(core.alibi_bias, "Press et al. 2021, arXiv:2108.12409"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
