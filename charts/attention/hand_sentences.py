"""One sentence per stage of attention by hand, with the current numbers in it."""

from __future__ import annotations

import math

from charts.attention.block import weight_text
from charts.attention.hand_view import HandView, largest_cell, required
from charts.format import number
from charts.i18n import _
from core.attention import head_entropy


def stage_sentence(view: HandView, stage: str) -> str:
    """Return what happens at a stage (one of `stage_keys`)."""
    return {
        "all": _all,
        "project": _project,
        "scores": _scores,
        "mask": _mask,
        "softmax": _softmax,
        "mix": _mix,
        "output": _output,
    }[stage](view)


def score_spread(view: HandView) -> tuple[float, float]:
    """Return the standard deviation of the head's scores, with 1/√d and without it."""
    spread = float(view.trace.scores[view.sentence, view.head].std(correction=0))
    return spread, spread / view.trace.scale


def _all(view: HandView) -> str:
    query, key = largest_cell(view)
    said = _("In head H{head}, the last word, “{query}”, attends most to “{key}” (weight {w}).")
    return said.format(
        head=view.head, query=view.words[query], key=view.words[key], w=_weight(view, query, key)
    )


def _project(view: HandView) -> str:
    _B, H, _T, d = view.sizes
    said = _(
        "Each word has a vector x of {D} numbers. W_Q, W_K and W_V turn it into a query, a key and "
        "a value of {d} numbers each in head H{head}."
    )
    return said.format(D=H * d, d=d, head=view.head)


def _scores(view: HandView) -> str:
    T = view.sizes[2]
    scaled, plain = score_spread(view)
    low, high = (float(x) for x in view.trace.scores[view.sentence, view.head].aminmax())
    said = _(
        "{n} dot products, one per query and key, times 1/√d = {scale}. The scores lie between "
        "{low} and {high}; their standard deviation is {a} ({b} without 1/√d)."
    )
    return said.format(
        n=f"{T}·{T} = {T * T}", scale=number(view.trace.scale), low=number(low), high=number(high),
        a=number(scaled), b=number(plain),
    )  # fmt: skip


def _mask(view: HandView) -> str:
    scores = view.trace.masked_scores[view.sentence, view.head]
    masked = int((scores == -math.inf).sum())
    if not masked:
        return _("No cell is masked: every word may attend to every word.")
    said = _("{n} of {all} cells are masked: their scores become −∞, so their weights become 0.")
    return said.format(n=masked, all=scores.numel())


def _softmax(view: HandView) -> str:
    weights = view.trace.weights[view.sentence, view.head]
    empty = int((weights.sum(dim=-1) == 0).sum())
    query, key = largest_cell(view)
    said = _(
        "Softmax turns each row into weights that sum to 1. The largest weight of the last row is "
        "{w}, on “{key}”; the mean entropy of the rows is {n} bits."
    ).format(
        w=_weight(view, query, key), key=view.words[key], n=number(float(head_entropy(weights)))
    )
    if empty:
        more = _("{n} rows have no allowed key; their weights are set to 0.").format(n=empty)
        said = f"{said} {more}"
    return said


def _mix(view: HandView) -> str:
    query = view.sizes[2] - 1
    row = view.trace.weights[view.sentence, view.head, query]
    keys = row.argsort(descending=True).tolist()[:2]
    parts = " + ".join(
        f"{_weight(view, query, k)} × V[{view.words[k]}]" for k in keys if row[k] > 0
    )
    if not parts:
        return _("No key is allowed for the last word, so its output is 0.")
    more = " + …" if int((row > 0).sum()) > 2 else ""
    said = _("The head's output for “{query}” is the weighted mean of the values: {parts}.")
    return said.format(query=view.words[query], parts=parts + more)


def _output(view: HandView) -> str:
    _B, H, _T, d = view.sizes
    on = view.trace.heads_on
    off = [] if on is None else [f"H{i}" for i, kept in enumerate(on.tolist()) if not kept]
    said = _(
        "The outputs of the {H} heads stand side by side ({H}·{d} = {D} numbers per word) and are "
        "multiplied by W_O."
    ).format(H=H, d=d, D=required(view.trace.merged).shape[-1])
    if off:
        said += " " + _("Switched off: {heads}; their columns are 0.").format(heads=", ".join(off))
    return said


def _weight(view: HandView, query: int, key: int) -> str:
    return weight_text(float(view.trace.weights[view.sentence, view.head, query, key]))
