"""Source coding of blocks: n symbols share one code, and L/n approaches the entropy."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import ui
from charts import coding as charts
from charts.format import bits, count, number
from core.coding import block_huffman
from core.information import entropy
from pages.coding import controls
from ui import _


@lru_cache(maxsize=128)
def lengths(p: tuple[float, ...]) -> tuple[float, ...]:
    """Return L/n for n = 1, 2, …, in bits per symbol."""
    return tuple(block_huffman(p, n) for n in range(1, controls.LONGEST_BLOCKS[len(p)] + 1))


def current() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the distribution of the bars, and L/n for every n."""
    p = tuple(controls.block_bars[int(controls.symbols.value)].value[0])
    return p, lengths(p)


def rises(values: tuple[float, ...]) -> list[int]:
    """Return every n whose L/n is larger than that of n - 1."""
    return [n for n, (a, b) in enumerate(pairwise(values), start=2) if b > a + 1e-9]


def draw() -> None:
    """Draw L/n against n, and the arithmetic of the chosen n."""
    p, values = current()
    n, h = controls.block.value, entropy(p)
    here, blocks = values[n - 1], sum(x > 0 for x in p) ** n
    with ui.figure():
        ui.plot(
            charts.blocks(values, h, n),
            key="coding_blocks",
            alt=_("Bits per symbol of blocks of 1 to {last} symbols: {values}; H is {h}.").format(
                last=len(values), values=", ".join(number(v, 4) for v in values), h=number(h, 4)
            ),
            height=430,
            on_click=lambda mark: controls.block.set(mark["x"]),
        )
    ui.note(
        _(
            "n = {n}: {blocks} different blocks share one Huffman code, which takes {whole} bits "
            "per block on average; divided by {n}: {each} bits per symbol. {change}"
        ).format(
            n=n,
            blocks=count(blocks),
            whole=number(n * here, 4),
            each=number(here, 4),
            change=_change(values, n),
        ),
        keep=True,
    )
    ui.facts(
        [
            ui.Fact(_("entropy H"), bits(h), _("per symbol")),
            ui.Fact("L/n", bits(here), _("per symbol, at n = {n}").format(n=n)),
            ui.Fact(_("above the entropy"), bits(here - h), "L/n − H"),
            ui.Fact(_("upper bound"), bits(h + 1 / n), "H + 1/n"),
            ui.Fact(_("code table"), count(blocks), _("entries, for every block")),
        ]
    )
    up = rises(values)
    if up:
        ui.note(
            _(
                "L/n rises at n = {places} (triangles). Only the bound H + 1/n falls with every n; "
                "L/n itself has to stay between H and this bound, and does not fall steadily."
            ).format(places=", ".join(map(str, up))),
            keep=True,
        )
    else:
        ui.note(_("For this distribution L/n falls or stays the same at every n shown."), keep=True)
    ui.note(
        _(
            "Doubling n never raises L/n, because two short blocks are one of the codes that a "
            "long block may have. The code table grows exponentially, so long blocks are not used "
            "in practice; arithmetic coding comes as close without a table."
        )
    )


def _change(values: tuple[float, ...], n: int) -> str:
    if n == 1:
        return ""
    change = values[n - 1] - values[n - 2]
    if abs(change) <= 1e-9:
        return _("That is as much as at n = {n}.").format(n=n - 1)
    text = (
        _("That is {d} more than at n = {n}.")
        if change > 0
        else _("That is {d} less than at n = {n}.")
    )
    return text.format(d=number(abs(change), 2), n=n - 1)
