"""Attention: by hand, its masks, real heads, architectures, and what the keys cost."""

from __future__ import annotations

import ui
from core.attention import (
    MultiHeadSelfAttention,
    architecture_masks,
    attention,
    attention_spectrum,
    combine_masks,
    explain_cell,
    head_entropy,
    head_scores,
    kv_cache_bytes,
    mask_after_softmax,
    mask_with_zero,
    repeated_random_ids,
    scale_study,
)
from pages.attention_parts import (
    architectures,
    hand,
    heads,
    masks,
    rank,
    sharing,
    slips,
    tables,
    texts,
)
from ui import _

ui.render(
    ui.Page(
        "attention",
        _("Attention"),
        _(
            "Every token asks (query), every token answers (key), and what matches is mixed "
            "(value): softmax(Q·Kᵀ/√d)·V."
        ),
        views=[
            ui.View("hand", _("By hand"), hand.draw),
            ui.View("masks", _("Masks"), masks.draw),
            ui.View("heads", _("Real heads"), heads.draw),
            ui.View("kinds", _("Architectures"), architectures.draw),
            ui.View("rank", _("Rank"), rank.draw),
            ui.View("sharing", _("Shared keys"), sharing.draw),
        ],
        scenarios=texts.scenarios(),
        experiments=texts.experiments(),
        sources=[
            ui.Source(attention, "Vaswani et al. 2017, arXiv:1706.03762, equation 1"),
            ui.Source(MultiHeadSelfAttention, "Vaswani et al. 2017, section 3.2.2"),
            ui.Source(explain_cell, "Vaswani et al. 2017, equation 1"),
            ui.Source(combine_masks, "Raffel et al. 2020, arXiv:1910.10683, section 3.2.1"),
            ui.Source(architecture_masks, "Raffel et al. 2020, arXiv:1910.10683, figures 3 and 4"),
            ui.Source(head_scores, "Olsson et al. 2022, In-context learning and induction heads"),
            ui.Source(repeated_random_ids, "Olsson et al. 2022"),
            ui.Source(head_entropy, "Clark et al. 2019, arXiv:1906.04341, section 3"),
            ui.Source(attention_spectrum, "Dong, Cordonnier, Loukas 2021, arXiv:2103.03404"),
            ui.Source(mask_after_softmax),
            ui.Source(mask_with_zero),
            ui.Source(scale_study, "Vaswani et al. 2017, section 3.2.1, footnote 4"),
            ui.Source(kv_cache_bytes, "Shazeer 2019, arXiv:1911.02150"),
        ],
        pitfalls=[
            ui.Pitfall(
                _("The mask applied after softmax"),
                _(
                    "The forbidden keys have taken their share of the sum by then. Zeroing their "
                    "weights afterwards leaves rows that no longer sum to 1."
                ),
                slips.after_softmax,
            ),
            ui.Pitfall(
                _("0 in place of −∞"),
                _(
                    "A score of 0 is no score: e⁰ = 1 is a share like any other. Hatched cells "
                    "with a color are the leak."
                ),
                slips.zero,
            ),
            ui.Pitfall(
                _("A row in which everything is masked"),
                _(
                    "With −∞ softmax divides 0 by 0, and the NaN spreads through the whole model. "
                    "With a large negative number the row is spread evenly over keys that nobody "
                    "may see. Here it is 0. It happens with a causal mask and padding on the left."
                ),
                slips.empty_rows,
            ),
            ui.Pitfall(
                _("√d forgotten"),
                _(
                    "The products of d numbers add up: their spread grows like √d, softmax picks "
                    "one key, and next to no gradient is left for the others."
                ),
                slips.no_scale,
            ),
            ui.Pitfall(
                _("Padding not masked"),
                _(
                    "[PAD] is a token like any other unless the mask hides it; then it does not "
                    "matter on which side it stands. Measured on the encoder:"
                ),
                slips.padding,
            ),
            ui.Pitfall(
                _("A heavy weight is not yet an explanation"),
                _(
                    "Many heads look at the first token when they have nothing to do (an attention "
                    "sink), and its value vector then adds little. A weight says from "
                    "where something was taken, not what, nor what became of it."
                ),
            ),
        ],
        downloads=[
            ui.Download(_("One head (CSV)"), "attention-head.csv", tables.head),
            ui.Download(_("All heads, measured (CSV)"), "attention-heads.csv", tables.scores),
            ui.Download(_("KV cache (CSV)"), "attention-kv-cache.csv", tables.cache),
        ],
    )
)
