"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from pages.moe import batch
from ui import Notice, _


def dropped_at_capacity_one() -> tuple[int, str]:
    """Return whether none, less than half, or at least half of the assignments are dropped."""
    current = batch.current()
    if current is None:
        raise Notice(_("Type at least one word. Each word becomes a token."))
    routing = current.trace.routing
    dropped, total = routing.dropped, routing.kept.numel()
    index = 0 if not dropped else 1 if 2 * dropped < total else 2
    why = _(
        "{dropped} of {total} assignments are dropped. Equal words have equal router logits, so "
        "they all choose the same experts; a factor of 1 leaves room only if the load is even."
    )
    return index, why.format(dropped=dropped, total=total)
