"""What one can take away as CSV: the whole distribution, and what each filter did."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from functools import partial

import ui
from core.sampling import SamplingTrace, sampling_trace
from pages.sampling_parts.now import Now, now
from ui import _


def downloads() -> list[ui.Download]:
    """Both tables. They are made on the click, in a thread that knows no session: hence `Now`."""
    held = now()
    return [
        ui.Download(
            _("Distribution (all tokens)"), "distribution.csv", partial(distribution_csv, held)
        ),
        ui.Download(_("Filters"), "filters.csv", partial(stages_csv, held)),
    ]


def distribution_csv(held: Now) -> str:
    """Every token of the vocabulary: text, id, probability before and after, kept or not."""
    head = ["token", "id", "raw_probability", "final_probability", "kept"]
    trace = _trace(held)
    if trace is None or held.source is None:
        return _csv(head, [])
    order = trace.order
    rows = zip(
        order.tolist(),
        trace.raw_probs[order].tolist(),
        trace.probs[order].tolist(),
        trace.kept[order].tolist(),
        strict=True,
    )
    token = held.source.token
    return _csv(
        head,
        ([ui.plain(token(i)), i, f"{raw:.9g}", f"{p:.9g}", int(kept)] for i, raw, p, kept in rows),
    )


def stages_csv(held: Now) -> str:
    """What each filter kept and removed, in running order; the first row is the model's own."""
    head = [
        "stage", "kept", "removed", "removed_mass", "entropy_bits", "effective_choices",
        "cutoff_rank", "cutoff_probability",
    ]  # fmt: skip
    trace = _trace(held)
    if trace is None:
        return _csv(head, [])
    first = ["raw", trace.raw_logits.numel(), 0, 0.0, trace.raw_entropy, 2.0**trace.raw_entropy]
    rows = [
        [
            stage.name, stage.kept_count, stage.removed_count, stage.removed_mass, stage.entropy,
            stage.effective_choices, stage.cutoff_rank, stage.cutoff_prob,
        ]
        for stage in trace.stages
    ]  # fmt: skip
    return _csv(head, [[*first, None, None], *rows])


def _trace(held: Now) -> SamplingTrace | None:
    source, params = held.source, held.params
    if source is None or params is None:
        return None
    return sampling_trace(source.logits, params, source.ids, source.order)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    # A byte-order mark, so that spreadsheets read the Chinese tokens as UTF-8.
    return "\ufeff" + out.getvalue()
