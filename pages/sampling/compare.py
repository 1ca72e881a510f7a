"""Two settings, A and B, on the same logits and with the same random numbers."""

from __future__ import annotations

import ui
from charts import sampling as charts
from charts.format import count, number, probability
from core.sampling import SamplingTrace, hidden_tail, total_variation
from pages.sampling import settings
from pages.sampling.distribution import select_row, selected_row
from pages.sampling.source import Source, card, current_source, in_words
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
        line = draw_pair(source, first, second, ("A", "B"), "compare", 680, select=True)
    ui.note(line, keep=True)
    if texts:
        with ui.second_figure():
            for name, text in zip("AB", texts, strict=True):
                ending = text.ending() or _("writing …")
                ui.note(f"{name} · {ending} {text.used()}", keep=True)
                label = _("Text {name}").format(name=name)
                ui.tokens(text.chips(), key=f"sampling_text_{name}", label=label)
    distance = probability(total_variation(first.probs, second.probs))
    both = (("A", first), ("B", second))
    size = _("of {n} tokens").format(n=count(first.kept.numel()))
    ui.facts(
        [
            *(
                ui.Fact(
                    _("tokens kept by {name}").format(name=name),
                    count(int(trace.kept.sum())),
                    size,
                )
                for name, trace in both
            ),
            *(
                ui.Fact(
                    _("perplexity of {name}").format(name=name),
                    number(trace.effective_choices),
                    _("as uncertain as {n} equally likely tokens").format(
                        n=number(trace.effective_choices)
                    ),
                    _("2 to the power of the entropy of the distribution after the filters."),
                )
                for name, trace in both
            ),
            ui.Fact(_("total variation distance"), distance, _("between A and B"), distance_help()),
        ]
    )
    ui.note(_("Both texts start from the same prompt and use the same random numbers."))
    card(source)


def distance_help() -> str:
    """Return what the total variation distance is."""
    return _(
        "Half the sum of the differences |p − q| over all tokens: 0 % for equal distributions, "
        "100 % if they have no token in common."
    )


def draw_pair(
    source: Source,
    first: SamplingTrace,
    second: SamplingTrace,
    names: tuple[str, str],
    key: str,
    height: int = 380,
    *,
    select: bool = False,
) -> str:
    """Draw two distributions over the most likely tokens of the first.

    Returns:
        A sentence on the row selected by a click (with `select`), and one on the tokens not shown.
    """
    ids, labels = source.shown(first, 10)
    p, q = first.probs[ids], second.probs[ids]
    row = selected_row(len(ids)) if select else None
    alone = int(first.kept.sum()) == 1, int(second.kept.sum()) == 1
    alt = _("Two distributions: {a}, {b}. {top}")
    ui.plot(
        charts.side_by_side(p, q, labels, names, row, alone),
        key=key,
        alt=alt.format(a=names[0], b=names[1], top=in_words(labels, p, q)),
        height=height if len(ids) > 6 else 320,
        on_click=select_row if select else None,
    )
    lines = []
    if row is not None:
        words = _("“{token}”: {a} {p}, {b} {q}, a difference of {d} percentage points.")
        lines.append(
            words.format(
                token=labels[row], a=names[0], p=charts.share(float(p[row]), first.kept),
                b=names[1], q=charts.share(float(q[row]), second.kept),
                d=number(100 * float(q[row] - p[row])),
            )
        )  # fmt: skip
    rest = hidden_tail(first.probs, ids), hidden_tail(second.probs, ids)
    if rest[0].count:
        words = _("Tokens without bars ({n}): {a} {p}, {b} {q}.")
        lines.append(
            words.format(
                n=count(rest[0].count), a=names[0], p=probability(rest[0].mass), b=names[1],
                q=probability(rest[1].mass),
            )
        )  # fmt: skip
    return " ".join(lines)
