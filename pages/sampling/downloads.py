"""The tables of the sampling page: the whole distribution, and what each filter does."""

from __future__ import annotations

import ui
from pages.sampling import settings
from pages.sampling.source import current_source
from ui import _

#: Column of the table of filters → field of `core.sampling.Stage`.
COLUMNS = {
    "stage": "name",
    "kept": "kept_count",
    "removed": "removed_count",
    "removed_mass": "removed_mass",
    "entropy_bits": "entropy",
    "effective_choices": "effective_choices",
    "cutoff_rank": "cutoff_rank",
    "cutoff_probability": "cutoff_prob",
}


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
    return ["token", "id", "raw_probability", "final_probability", "kept"], rows


def _filters() -> ui.Table:
    """What each filter kept and removed, in running order; the first row is without filters."""
    trace = current_source().trace(settings.params())
    entropy = trace.raw_entropy
    first = ["raw", trace.raw_logits.numel(), 0, 0.0, entropy, 2.0**entropy, None, None]
    rows = [[getattr(stage, name) for name in COLUMNS.values()] for stage in trace.stages]
    return list(COLUMNS), [first, *rows]


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Distribution (CSV)"), "distribution.csv", _distribution),
        ui.Download(_("Filters (CSV)"), "filters.csv", _filters),
    ]
