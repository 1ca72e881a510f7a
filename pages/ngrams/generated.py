"""Text drawn from the counts at several n with one seed; what is copied is marked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

import ui
from charts import ngrams as charts
from charts.format import probability
from core import ngrams as core
from pages.ngrams import controls, counted
from ui import _

LENGTHS = {"words": 24, "characters": 44}  # generated tokens


@dataclass(frozen=True, slots=True)
class Text:
    """A generated text: the tokens of its beginning, the drawn ones, and what is copied.

    Attributes:
        begun: Tokens of the visitor's beginning, which are not measured.
        tokens: Drawn tokens.
        copied: Runs of `tokens` that occur in the training text.
    """

    begun: tuple[str, ...]
    tokens: tuple[str, ...]
    copied: core.Copied


def write(
    complete: counted.Complete,
    counts: core.NGramCounts,
    n: int,
    smoothing: str,
    settings: tuple[float, float],
    begun: tuple[str, ...],
    length: int,
    seed: int,
    least: int,
) -> Text:
    """Draw a text and find its copied runs.

    Args:
        complete: The training text.
        counts: Its counts, or counts in which a part is repeated.
        n: Order of the model.
        smoothing: See `core.ngrams.SMOOTHINGS`.
        settings: α and d.
        begun: Context of the first token.
        length: Number of tokens.
        seed: Of the random numbers.
        least: Length from which a run counts as copied.
    """
    model = core.NGramModel(n, smoothing, *settings).use(counts)
    drawn = model.generate(length, torch.Generator().manual_seed(seed), begun)
    return Text(
        begun, tuple(drawn), core.copied_runs(counts.encode(drawn), complete.suffixes, least)
    )


@lru_cache(maxsize=1024)
def _written(complete: counted.Complete, *arguments: Any) -> Text:
    return write(complete, complete.counts, *arguments)


def texts() -> list[Text]:
    """Return the generated texts for n = 1 upwards."""
    complete, unit = counted.complete(), counted.corpus().unit
    begun = tuple(core.split_tokens(controls.start.value, unit))
    settings = (counted.alpha(), controls.discount.value)
    rest = begun, LENGTHS[unit], controls.seed.value, controls.run_length.value
    return [
        _written(complete, n, controls.drawn_from.value, settings, *rest)
        for n in range(1, controls.LONGEST_N + 1)
    ]


def draw() -> None:
    """Draw the texts one below the other, and how much of each is copied."""
    written, unit = texts(), counted.corpus().unit
    shown, least = [int(n) for n in controls.shown.value], controls.run_length.value
    with ui.figure():
        if not shown:
            ui.note(_("Choose one or more n."), keep=True)
        for n in shown:
            strip(written[n - 1], unit, key=f"ng_text_{n}", name=f"n = {n}")
    with ui.second_figure():
        shares = [text.copied.share for text in written]
        longest = [text.copied.longest[1] - text.copied.longest[0] for text in written]
        ui.plot(
            charts.copied(shares, longest, least),
            key="ng_copied",
            alt=_("Share of copied tokens for n = 1 to {n}: {shares}.").format(
                n=len(shares), shares=", ".join(probability(s) for s in shares)
            ),
            height=400,
        )
    most = next((i for i, s in enumerate(shares, start=1) if s > 0.5), 0)
    first = _(
        "From n = {n} on, more than half of the text is copied word for word in runs of {k} or "
        "more tokens."
    ).format(n=most, k=least)
    none = _("At no n is more than half of the text copied in runs of {k} or more tokens.")
    ui.note(first if most else none.format(k=least), keep=True)
    at = max(range(len(longest)), key=longest.__getitem__)
    start, stop = written[at].copied.longest
    ui.note(
        _("The longest run, at n = {n}, has {k} tokens: “{text}”").format(
            n=at + 1,
            k=stop - start,
            text=core.join_tokens(written[at].tokens[start:stop], unit).replace("\n", " ⏎ "),
        ),
        keep=True,
    )
    ui.note(
        _(
            "All texts use the same random numbers. Without smoothing, every n consecutive tokens "
            "occur in the training text, so a larger n leaves fewer choices: after most long "
            "contexts only one token was ever seen."
        )
    )


def strip(text: Text, unit: str, *, key: str, name: str) -> None:
    """Draw a text as chips; the tokens of copied runs are colored."""
    start, stop = text.copied.longest
    items = [ui.Token(name, label=True, muted=True)]
    items += [ui.Token(token, title=_("given"), muted=True) for token in text.begun[-12:]]
    columns = zip(text.tokens, text.copied.matches, text.copied.marked, strict=True)
    title = _("{k} tokens from here on occur in the training text")
    items += [
        ui.Token(
            "⏎" if token == core.END else token,
            title.format(k=match),
            color="@q" if marked else "",
        )
        for token, match, marked in columns
    ]
    ui.tokens(
        items,
        key=key,
        label=_("{name}: generated text, {share} copied, longest run {k} tokens").format(
            name=name, share=probability(text.copied.share), k=stop - start
        ),
    )
