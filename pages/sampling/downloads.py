"""The tables of the sampling page: the whole distribution, and what each filter does."""

from __future__ import annotations

import ui
from pages.sampling import controls, settings
from pages.sampling.source import current_source
from ui import _

#: Fields of `core.sampling.Stage` in the table of filters, after the name.
FIELDS = (
    "kept_count", "removed_count", "removed_mass", "entropy", "effective_choices",
    "cutoff_rank", "cutoff_prob",
)  # fmt: skip


def _distribution() -> ui.Table:
    """Every token of the vocabulary with its probability before and after the filters."""
    source = current_source()
    trace = source.trace(settings.params())
    columns = (trace.raw_probs, trace.probs, trace.kept)
    rows = [
        (ui.plain(source.token(i)), i, f"{raw:.9g}", f"{final:.9g}", int(kept))
        for i, raw, final, kept in zip(
            trace.order.tolist(), *(column[trace.order].tolist() for column in columns), strict=True
        )
    ]
    header = [_("token"), "id", _("raw_probability"), _("final_probability"), _("kept")]
    return header, rows


def _filters() -> ui.Table:
    """What each filter kept and removed, in running order; the first row is without filters."""
    trace = current_source().trace(settings.params())
    entropy, possible = trace.raw_entropy, int((trace.raw_logits > float("-inf")).sum())
    first = [_("no filter"), possible, 0, 0.0, entropy, 2.0**entropy, None, None]
    rows = [
        [controls.stage_name(stage.name), *(getattr(stage, name) for name in FIELDS)]
        for stage in trace.stages
    ]
    header = [
        _("stage"), _("kept"), _("removed"), _("removed_mass"), _("entropy_bits"), _("perplexity"),
        _("least_kept_rank"), _("least_kept_probability"),
    ]  # fmt: skip
    return header, [first, *rows]


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Distribution (CSV)"), "distribution.csv", _distribution),
        ui.Download(_("Filters (CSV)"), "filters.csv", _filters),
    ]
