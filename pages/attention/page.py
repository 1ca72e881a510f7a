"""Attention: describes the page."""

from __future__ import annotations

import ui
from core import attention as core
from pages.attention import controls, hand, heads, kinds, masks, questions, rank, sharing
from pages.attention.downloads import downloads
from pages.attention.pitfalls import pitfalls
from ui import _

FOUR = "the cat chased the mouse\nthe mouse slept\na dog barked\nwhere is the mouse"


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "attention",
        _("Attention"),
        _(
            "Each token compares its query with the keys of the tokens it may attend to, and takes "
            "the weighted mean of their values: softmax(Q·Kᵀ/√d)·V."
        ),
        controls=controls,
        views=[
            ui.View("hand", _("By hand"), hand.draw, controls.hand_rail),
            ui.View("masks", _("Masks"), masks.draw, controls.masks_rail),
            ui.View("heads", _("Real heads"), heads.draw, controls.heads_rail),
            ui.View("kinds", _("Architectures"), kinds.draw, controls.kinds_rail),
            ui.View("rank", _("Rank"), rank.draw, (controls.rank_layer, controls.rank_text)),
            ui.View("sharing", _("KV cache"), sharing.draw, controls.sharing_rail),
        ],
        sentences=[
            lambda text: ui.state("heads", real_text=text),
            lambda text: ui.state("hand", text=text),
            lambda text: ui.state("masks", line=text),
            lambda text: ui.state("kinds", kinds_text=text),
            lambda text: ui.state("rank", rank_text=text),
        ],
        scenarios=_scenarios(),
        experiments=_experiments(),
        sources=[
            ui.Source(core.attention, "Vaswani et al. 2017, arXiv:1706.03762, equation 1"),
            ui.Source(core.MultiHeadSelfAttention, "Vaswani et al. 2017, section 3.2.2"),
            ui.Source(core.explain_cell, "Vaswani et al. 2017, equation 1"),
            ui.Source(core.combine_masks, "Raffel et al. 2020, arXiv:1910.10683, section 3.2.1"),
            ui.Source(
                core.architecture_masks, "Raffel et al. 2020, arXiv:1910.10683, figures 3 and 4"
            ),
            ui.Source(
                core.head_scores, "Olsson et al. 2022, In-context learning and induction heads"
            ),
            ui.Source(core.repeated_random_ids, "Olsson et al. 2022"),
            ui.Source(core.head_entropy, "Clark et al. 2019, arXiv:1906.04341, section 3"),
            ui.Source(core.attention_spectrum, "Dong, Cordonnier, Loukas 2021, arXiv:2103.03404"),
            ui.Source(core.mask_after_softmax),
            ui.Source(core.mask_with_zero),
            ui.Source(core.scale_study, "Vaswani et al. 2017, section 3.2.1, footnote 4"),
            ui.Source(core.prediction_shift, "Michel, Levy, Neubig 2019, arXiv:1905.10650"),
            ui.Source(core.kv_cache_bytes, "Shazeer 2019, arXiv:1911.02150"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


def _scenarios() -> list[ui.Scenario]:
    """Examples, one teaching state each."""
    return [
        ui.Scenario(
            _("Four sentences"),
            ui.state("hand", text=FOUR, sentence="1"),
            _("A batch: the shorter sentences are padded, and the padding is masked."),
        ),
        ui.Scenario(
            _("Small numbers"),
            ui.state("hand", source="given"),
            _("Q, K and V are typed in: follow the computation with pencil and paper."),
        ),
        ui.Scenario(
            _("Left padding"),
            ui.state("masks", padding_side="left"),
            _("Under a causal mask, the rows of the padding have no allowed key."),
        ),
        ui.Scenario(
            _("Induction"),
            ui.state("heads", reads="random", measure="induction", layer=18, real_head=6),
            _(
                "Random tokens, written twice. In the second half, head L18H6 attends to the token "
                "that followed the first occurrence of the current token."
            ),
        ),
        ui.Scenario(
            _("Previous token"),
            ui.state("heads", measure="previous_token", layer=16, real_head=0, form="lines"),
            _("Head L16H0 attends mostly to the previous token; its mean weight is shown below."),
        ),
        ui.Scenario(
            _("First token"),
            ui.state("heads", measure="first_token", layer=18, real_head=8),
            _("Head L18H8 puts nearly all its weight on the first token: an attention sink."),
        ),
        ui.Scenario(
            _("Encoder"),
            ui.state("heads", model="encoder", layer=2, real_head=9),
            _(
                "An encoder has no causal mask. In head L2H9, the two copies of “mary” and of "
                "“john” attend mostly to each other; most other tokens attend to [CLS]."
            ),
        ),
        ui.Scenario(
            _("Ablation"),
            ui.state(
                "heads",
                real_text="The capital of France is",
                layer=23,
                real_head=4,
                token=5,
                ablated="L23H4",
            ),
            _(
                "The output of a single head is set to 0, and the prediction of the next token "
                "changes. Ablate other heads and compare."
            ),
        ),
        ui.Scenario(
            _("Overlay"),
            ui.state(
                "heads", reads="random", period=12, layer=18, real_head=6, compared="L16H0 L18H8"
            ),
            _(
                "Three heads over one another, each cell in the color of the head with the largest "
                "weight: an induction head, a previous-token head and an attention sink."
            ),
        ),
        ui.Scenario(
            _("Multi-query"),
            ui.state("sharing", shape="Falcon-7B"),
            _("All 71 query heads share one key and value head."),
        ),
    ]


def _experiments() -> list[ui.Experiment]:
    return [
        ui.Experiment(
            _("Produce NaN"),
            _(
                "Padding on the left under a causal mask leaves the first two rows without an "
                "allowed key, and −∞ makes them NaN. Choose −10⁹: they become uniform. Then choose "
                "the correct method: they are 0."
            ),
            ui.state("masks", padding_side="left", method="minus_infinity"),
            ui.Question(
                _(
                    "Padding stands on the left under a causal mask, and masked scores are set to "
                    "−∞. The weights of the first row are …"
                ),
                [_("0."), _("equal."), _("NaN.")],
                questions.weights_of_an_empty_row,
                ui.state("masks", padding_side="left"),
            ),
        ),
        ui.Experiment(
            _("Move the stripe"),
            _(
                "An induction head reads random tokens that are written twice. Drag “Random "
                "tokens”, the period: the stripe stays (period − 1) cells below the diagonal."
            ),
            ui.state(
                "heads", reads="random", period=12, measure="induction", layer=18, real_head=6
            ),
        ),
        ui.Experiment(
            _("Switch heads off"),
            _(
                "Four heads side by side, multiplied by W_O; heads H1 and H2 are off. Switch heads "
                "on or off under “More controls”: the columns of a head that is off are 0, and the "
                "output is the sum of the other heads' contributions."
            ),
            ui.state("hand", heads=4, size=2, off=["2", "3"], stage=6),
        ),
    ]


if __name__ == "__main__":
    ui.render(page())
