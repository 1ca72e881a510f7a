"""The outcomes of the questions that the page asks."""

from __future__ import annotations

from dataclasses import replace

from charts.format import number
from core import information
from pages.sampling import settings
from pages.sampling.source import current_source
from ui import _


def entropy_at_twice_the_temperature() -> tuple[int, str]:
    """Return whether the entropy stays, grows less than twofold, or grows more."""
    source, hot = current_source(), settings.params()
    before, after = (
        information.entropy(source.trace(params).probs.double())
        for params in (replace(hot, temperature=hot.temperature / 2), hot)
    )
    index = 0 if abs(after - before) < 1e-6 else 1 if after <= 2 * before else 2
    why = _(
        "It goes from {before} to {after} bits: dividing the logits by T halves every difference "
        "between them, and the long tail of unlikely tokens gains most."
    )
    return index, why.format(before=number(before), after=number(after))
