"""Numbers from papers on a page, each with its source and a verdict."""

from __future__ import annotations

from charts.i18n import _
from core.provenance import Printed
from ui.html import table


def provenance(*lines: tuple[str, Printed, float | None]) -> None:
    """Draw a table of printed numbers: what each is, the number, its source, the verdict.

    Args:
        lines: What the number is, the number as printed, and the number recomputed by `core`;
            None if the page cannot recompute it.
    """
    rows = []
    for label, printed, recomputed in lines:
        unit = f" {printed.unit}" if printed.unit else ""
        where = f"{printed.source}, {printed.place}"
        rows.append([label, printed.text + unit, where, _verdict(printed, recomputed, unit)])
    table([_("Number from a paper"), _("Printed"), _("Source"), _("Verdict")], rows, numbers=[1])


def _verdict(printed: Printed, recomputed: float | None, unit: str) -> str:
    if recomputed is None:
        return _("printed")
    if printed.agrees(recomputed):
        return _("printed, recomputed here")
    number = printed.written(recomputed) + unit
    return _("printed, but recomputing gives {number}").format(number=number)
