"""Two settings, A and B, on the same logits and with the same random numbers."""

from __future__ import annotations

import ui
from charts import sampling as charts
from charts.format import number, probability
from core.sampling import SamplingTrace, total_variation
from pages.sampling import settings
from pages.sampling.source import Source, current_source, in_words
from pages.sampling.writing import watched, write_button
from ui import _

TEXTS = "sampling_pair"


def write_both() -> None:
    """Draw the button that writes both texts, or the one that stops them."""
    label = _("Write both texts")
    write_button(TEXTS, label, lambda: [settings.params(), settings.second_params()])


def draw() -> None:
    """Draw both distributions, their distance, and both texts."""
    texts = watched(TEXTS)
    source = current_source(show_problems=True)
    first, second = source.trace(settings.params()), source.trace(settings.second_params())
    with ui.figure():
        draw_pair(source, first, second, ("A", "B"), "compare", 680)
    if texts:
        with ui.second_figure():
            for name, text in zip("AB", texts, strict=True):
                ui.note(f"{name} · {text.ending() or _('writing …')}", keep=True)
                label = _("Text {name}").format(name=name)
                ui.tokens(text.chips(), key=f"sampling_text_{name}", label=label)
    distance = probability(total_variation(first.probs, second.probs))
    ui.facts(
        [
            ui.Fact(_("total variation distance"), distance, _("between A and B")),
            *(
                ui.Fact(
                    _("perplexity of {name}").format(name=name),
                    number(n),
                    _("as uncertain as {n} equally likely tokens").format(n=number(n)),
                )
                for name, n in (("A", first.effective_choices), ("B", second.effective_choices))
            ),
        ]
    )
    ui.note(_("Both texts start from the same prompt and use the same random numbers."))


def draw_pair(
    source: Source,
    first: SamplingTrace,
    second: SamplingTrace,
    names: tuple[str, str],
    key: str,
    height: int = 380,
) -> None:
    """Draw two distributions over the tokens that are the most likely ones in the first."""
    ids, labels = source.shown(first, 10)
    p, q = first.probs[ids], second.probs[ids]
    alt = _("Two distributions: {a}, {b}. {top}")
    ui.plot(
        charts.side_by_side(p, q, labels, names),
        key=key,
        alt=alt.format(a=names[0], b=names[1], top=in_words(labels, p, q)),
        height=height if len(ids) > 6 else 320,
    )
