"""The training text, or one sentence of it, repeated: losses and what is copied."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import ui
from charts import ngrams as charts
from charts.format import count, number, probability
from core import ngrams as core
from pages.ngrams import controls, counted, generated
from ui import _

GRID = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000)
COLORS = ("@p", "@q", "@accent")


def chosen_sentence() -> tuple[str, ...] | None:
    """Return the sentence that is repeated; None for the whole text."""
    if controls.part.value == "text":
        return None
    train = counted.corpus().train
    return tuple(train[min(controls.sentence.value, len(train)) - 1])


@lru_cache(maxsize=32)
def _measured(
    data: counted.Counted, sentence: tuple[str, ...] | None, n: int, smoothing: str
) -> list[tuple[core.Events, core.Events | None]]:
    """Return the predictions in each text, and the same under the repeated part's own counts."""
    texts = [data.train, data.held_out]
    parts: list[core.Events | None] = [None, None]
    if sentence is not None:
        alone = core.count_ngrams([sentence], controls.LONGEST_N, data.known.vocabulary)
        texts.append(data.known.look_up([sentence]))
        parts = [alone.look_up(t) for t in (data.sample, data.corpus.held_out, [sentence])]
    return [
        (text.of_order(n, smoothing), part and part.of_order(n, smoothing))
        for text, part in zip(texts, parts, strict=True)
    ]


@lru_cache(maxsize=256)
def losses_at(
    data: counted.Counted,
    sentence: tuple[str, ...] | None,
    n: int,
    smoothing: str,
    settings: tuple[float, float],
    copies: int,
) -> tuple[float, ...]:
    """Return bits per token: training text, held-out text, and the sentence if there is one."""
    return tuple(
        core.cross_entropy(text.repeated(copies, part), data.vocab_size, smoothing, *settings)
        for text, part in _measured(data, sentence, n, smoothing)
    )


def losses(copies: int) -> tuple[float, ...]:
    """Return the losses with the current controls at a number of occurrences."""
    settings = (counted.alpha(), controls.discount.value)
    arguments = chosen_sentence(), controls.n.value, controls.smoothing.value, settings
    return losses_at(counted.counted(), *arguments, copies)


def names() -> list[str]:
    """Return the names of the losses."""
    found = [_("training text"), _("held-out text"), _("the repeated sentence")]
    return found if controls.part.value == "sentence" else found[:2]


@lru_cache(maxsize=32)
def _repeated(
    complete: counted.Complete, sentence: tuple[str, ...] | None, copies: int, n: int
) -> core.NGramCounts:
    return complete.counts.up_to(n).repeated(copies, sentence)


@lru_cache(maxsize=64)
def _text(
    complete: counted.Complete,
    sentence: tuple[str, ...] | None,
    copies: int,
    n: int,
    *arguments: Any,
) -> generated.Text:
    counts = _repeated(complete, sentence, copies, n)
    return generated.write(complete, counts, n, *arguments)


def text(copies: int) -> generated.Text:
    """Return the text generated after the repetition."""
    unit = counted.corpus().unit
    settings = (counted.alpha(), controls.discount.value)
    return _text(
        counted.complete(),
        chosen_sentence(),
        copies,
        controls.n.value,
        controls.smoothing.value,
        settings,
        (),
        2 * generated.LENGTHS[unit],
        controls.seed.value,
        controls.run_length.value,
    )


def draw() -> None:
    """Draw the losses against k, and a text generated at the current k."""
    k, n = controls.copies.value, controls.n.value
    at_grid = zip(*(losses(copies) for copies in GRID), strict=True)
    lines = dict(zip(names(), at_grid, strict=True))
    once, now = losses(1), losses(k)
    written, unit = text(k), counted.corpus().unit
    with ui.figure():
        ui.plot(
            charts.repetition(GRID, lines, COLORS[: len(lines)], k),
            key="ng_repetition",
            alt=_("Losses at k = {k}: {losses}.").format(k=k, losses=_said(now)),
            height=400,
            on_click=lambda mark: controls.copies.set(mark.get("x")),
        )
    with ui.second_figure():
        generated.strip(written, unit, key="ng_repeated_text", name=f"k = {k}")
        start, stop = written.copied.longest
        ui.note(
            _("{share} copied in runs of {least} or more; the longest has {k} tokens.").format(
                share=probability(written.copied.share),
                least=controls.run_length.value,
                k=stop - start,
            ),
            keep=True,
        )
    ui.note(_now(k, n, once, now), keep=True)
    first, last = text(1).copied.longest
    at_first = _("{n} at k = 1")
    facts = [
        ui.Fact(name, _("{n} bits").format(n=number(b)), at_first.format(n=number(a)))
        for name, a, b in zip(names(), once, now, strict=True)
    ]
    longest = _("{n} tokens").format(n=stop - start)
    facts.append(ui.Fact(_("longest copied run"), longest, at_first.format(n=last - first)))
    ui.facts(facts)
    sentence = chosen_sentence()
    if sentence is not None:
        shown = core.join_tokens(sentence, unit)
        ui.note(
            _("Sentence {i}: “{text}”").format(
                i=min(controls.sentence.value, len(counted.corpus().train)),
                text=shown if len(shown) < 200 else shown[:199] + "…",
            )
        )
    ui.note(
        _(
            "Counts cannot overfit by training longer; here repetition only weakens the smoothing. "
            "For large neural models Muennighoff et al. (2023) report that up to 4 epochs over the "
            "same data are almost as good as new data, a result that this page does not measure."
        )
    )
    ui.note(
        _(
            "The losses are measured with rare tokens as <unk>; the text is generated from all "
            "tokens."
        )
    )


def _said(values: tuple[float, ...]) -> str:
    return ", ".join(f"{name} {number(v)}" for name, v in zip(names(), values, strict=True))


def _now(k: int, n: int, once: tuple[float, ...], now: tuple[float, ...]) -> str:
    """Return a sentence on what the repetition has changed."""
    smoothing = controls.smoothing.value
    if controls.part.value == "sentence":
        p, q = (2.0 ** -(loss * (len(chosen_sentence() or ()) + 1)) for loss in (once[2], now[2]))
        return _(
            "One sentence occurs {k} times. The model generates it with probability {p} (k = 1) "
            "and {q} (now)."
        ).format(k=count(k), p=probability(p), q=probability(q))
    if smoothing == "mle" or (smoothing == "kneser_ney" and n == 1):
        return _(
            "Every count is multiplied by {k}, and so is every total: no relative frequency "
            "changes, and neither does any loss."
        ).format(k=count(k))
    change = now[1] - once[1] if math.isfinite(once[1]) else 0.0
    why = (
        _("all counts are {k} times as large, so α acts like α/{k} = {a}.").format(
            k=count(k), a=number((1.0 if smoothing == "laplace" else counted.alpha()) / k)
        )
        if smoothing != "kneser_ney"
        else _(
            "all counts are {k} times as large, so the discount at the top acts like d/{k}."
        ).format(k=count(k))
    )
    direction = _("rises by {n} bits") if change >= 0 else _("falls by {n} bits")
    text = _("The held-out loss {change} compared with k = 1: {why}")
    return text.format(change=direction.format(n=number(abs(change))), why=why)
