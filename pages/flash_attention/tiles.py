"""Tile by tile: scores, m, ℓ, α, and the output on its way to plain softmax."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch

import ui
from charts import flash_attention as charts
from charts.format import number
from core import flash_attention as core
from pages.flash_attention import controls, inputs
from ui import _


def head() -> inputs.Head | None:
    """Return q, k and v by the controls; say what is missing and return None if there are none."""
    if controls.source.value == "typed":
        found: inputs.Head | str | None = inputs.typed(
            *(control.value for control in controls.matrices.values()), ui.current_language()
        )
    else:
        found = inputs.of_model(
            controls.text.value,
            controls.layer.value,
            controls.head.value,
            ui.current_language(),
        )
    if found is None:
        ui.note(_("Type a text. The figure shows one head's scores on its tokens."), keep=True)
        return None
    if isinstance(found, str):
        ui.sentence(found)
        return None
    if found.notice:
        ui.sentence(found.notice)
    return found


@lru_cache(maxsize=128)
def trace_of(
    head: inputs.Head, query_tile: int, key_tile: int, causal: bool, seed: int, slip: bool
) -> core.TiledTrace:
    """Return all tiles of a head; cached, read-only."""
    count = -(-len(head.k) // min(key_tile, len(head.k)))
    order = None
    if seed:
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).tolist()
    return core.tiled_attention(
        head.q, head.k, head.v, query_tile, key_tile, causal=causal, order=order, sum_first=slip
    )


def current(head: inputs.Head, slip: bool | None = None) -> core.TiledTrace:
    """Return all tiles of a head by the controls, with or without the mistake."""
    return trace_of(
        head,
        controls.query_tile.value,
        controls.key_tile.value,
        controls.causal.value,
        controls.seed.value,
        controls.slip.value if slip is None else slip,
    )


def draw() -> None:
    """Draw the tiles computed so far, then the output of one query."""
    found = head()
    if found is None:
        return
    trace = current(found)
    at = controls.visit.within(len(trace.visits))
    now = trace.visits[at]
    row = now.rows[min(controls.row.value, len(now.rows)) - 1]
    key = controls.cell.value - 1
    key = key if key in now.keys and bool(trace.mask[row, key]) else None
    step = trace.steps[trace.order.index(now.key_tile)]
    distance = trace.distance[trace.order.index(now.key_tile)]
    with ui.figure():
        controls.visit.draw(len(trace.visits))
        ui.plot(
            charts.tiles(trace, at, row, key, found.words),
            key="flash_tiles",
            alt=_("Scores of {done} of {all} tiles; {skipped} tiles are skipped.").format(
                done=at + 1, all=len(trace.visits), skipped=len(trace.skipped)
            ),
            height=440,
            least_height=340,
            on_click=lambda mark: _click(trace, mark),
        )
    with ui.second_figure():
        ui.plot(
            charts.running(trace, at, row),
            key="flash_running",
            alt=_("The query's output differs from plain softmax by {n} at most.").format(
                n=number(float(distance[row]))
            ),
            height=440,
        )
    ui.note(_sentence(trace, now, row, found.words), keep=True)
    ui.note(_arithmetic(trace, now, row, key, found.words), keep=True)
    _table(trace, now, row, found.words)
    ui.formula(
        rf"\ell \leftarrow \alpha\,\ell + \textstyle\sum_j e^{{s_j-m}}"
        rf" = {float(step.alpha[row]):.4f}\cdot {_before(trace, now, row)[1]:.4f}"
        rf" + {float(step.p[row].sum()):.4f} = {float(step.l[row]):.4f}"
    )
    ui.note(_skipped(trace), keep=True)
    if controls.source.value == "model":
        ui.model_card()


def _before(trace: core.TiledTrace, now: core.TileVisit, row: int) -> tuple[float, float]:
    """Return a row's m and ℓ before a tile."""
    place = trace.order.index(now.key_tile)
    if place == 0:
        return -torch.inf, 0.0
    before = trace.steps[place - 1]
    return float(before.m[row]), float(before.l[row])


def _sentence(trace: core.TiledTrace, now: core.TileVisit, row: int, words: Any) -> str:
    """Return what the current tile changes for the query shown."""
    place = trace.order.index(now.key_tile)
    step = trace.steps[place]
    m, _total = _before(trace, now, row)
    new = float(step.m[row])
    if not bool(trace.mask[row, now.keys.start : now.keys.stop].any()):
        change = _("This tile is masked for “{token}”: nothing changes.")
    elif m == -torch.inf:
        change = _("“{token}” sees its first keys: m = {new}, and α = 0.")
    elif new > m:
        change = _(
            "For “{token}” the maximum rises from {old} to {new}, so the earlier sums are scaled "
            "by α = e^({old} − {new}) = {alpha}."
        )
    else:
        change = _("For “{token}” the maximum stays {old}, so α = 1.")
    last = [visit for visit in trace.visits if visit.row_tile == now.row_tile][-1]
    distance = float(trace.distance[place, row])
    end = (
        _("After the last tile of its row the output differs from plain softmax by {n} at most.")
        if last == now
        else _("The output so far differs from plain softmax by up to {n}.")
    )
    return " ".join((change, end)).format(
        token=words[row],
        old=_signed(m),
        new=_signed(new),
        alpha=number(float(step.alpha[row])),
        n=number(distance, 2),
    )


def _arithmetic(
    trace: core.TiledTrace, now: core.TileVisit, row: int, key: int | None, words: Any
) -> str:
    """Return one cell's way from its score to its weight, or how to see it."""
    if key is None:
        return _("Click a cell to go to its tile and to see the arithmetic of its weight.")
    step = trace.steps[trace.order.index(now.key_tile)]
    score, m, last = float(trace.scores[row, key]), float(step.m[row]), trace.steps[-1]
    final_m, total = float(last.m[row]), float(last.l[row])
    power = float(torch.exp(trace.scores[row, key] - last.m[row]))
    return _(
        "“{query}” → “{key}”: s = q·k/√d = {s}; now e^(s − m) = e^({s} − {m}) = {e}. After all "
        "tiles m = {last} and ℓ = {total}, so its weight is e^({s} − {last}) / {total} = {weight}."
    ).format(
        query=words[row],
        key=words[key],
        s=_signed(score),
        m=_signed(m),
        e=number(float(torch.exp(trace.scores[row, key] - step.m[row]))),
        last=_signed(final_m),
        total=number(total),
        weight=number(power / total),
    )


def _table(trace: core.TiledTrace, now: core.TileVisit, shown: int, words: Any) -> None:
    """Draw the state of every query of the tile."""
    place = trace.order.index(now.key_tile)
    step = trace.steps[place]
    rows = [
        ui.Row(
            [
                words[row],
                _signed(_before(trace, now, row)[0]),
                _signed(float(step.m[row])),
                number(float(step.alpha[row])),
                number(float(step.l[row]), 4),
                number(float(trace.distance[place, row]), 2),
            ],
            "marked" if row == shown else "",
        )
        for row in now.rows
    ]
    head = [_("query"), _("m before"), "m", "α", "ℓ", _("distance to plain softmax")]
    ui.table(head, rows, numbers=[1, 2, 3, 4, 5])


def _skipped(trace: core.TiledTrace) -> str:
    """Return how many tiles are skipped, and what the order or the mistake does to the result."""
    all_tiles = len(trace.visits) + len(trace.skipped)
    worst = number(float(trace.distance[-1].max()), 2)
    text = _(
        "{skipped} of {all} tiles are masked entirely and are skipped. After all tiles, no output "
        "differs from plain softmax by more than {worst}."
    )
    if controls.slip.value and controls.key_tile.value == 1:
        text += " " + _("With one key per tile the mistake has no effect: Σe·v̄ is e·v.")
    elif controls.slip.value:
        text += " " + _("With the mistake, the sum ℓ is right, but the output is not.")
    return text.format(skipped=len(trace.skipped), all=all_tiles, worst=worst)


def _signed(x: float) -> str:
    return f"{x:.2f}".replace("-", "−").replace("inf", "∞")


def _click(trace: core.TiledTrace, mark: dict[str, Any]) -> None:
    """Go to the tile of the cell that was clicked, and choose its query and key."""
    row, key = round(mark["y"]), round(mark["x"])
    for index, visit in enumerate(trace.visits):
        if row in visit.rows and key in visit.keys:
            controls.visit.set(index)
            controls.row.set(row - visit.rows.start + 1)
            controls.cell.set(key + 1)
