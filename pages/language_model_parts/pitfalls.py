"""What people get wrong with probabilities of texts, shown with numbers computed here."""

from __future__ import annotations

import ui
from charts import language_model as charts
from charts.format import count, number
from core.text_scoring import vanishes_at
from pages.language_model_parts import scored, texts
from ui import _


def per_unit() -> None:
    """The visitor's text: the same bits shared among tokens, characters and bytes."""
    held = scored.score(ui.get("lm_text", texts.FACT), ui.get("lm_first", scored.SEPARATOR))
    if held is None:
        ui.note(_("Type a text above."))
        return
    chain = held.chain
    units = (
        (_("token"), len(chain.ids), chain.bits_per_token, chain.perplexity),
        (
            _("character"),
            chain.characters,
            chain.bits_per_character,
            chain.perplexity_per_character,
        ),
        (_("byte"), chain.bytes, chain.bits_per_byte, chain.perplexity_per_byte),
    )
    ui.table(
        (_("shared among"), _("how many"), _("bits each"), _("perplexity")),
        [(name, count(n), number(each), number(value)) for name, n, each, value in units],
        numbers=(1, 2, 3),
    )
    ui.note(_("The text above: {n} bits in every row.").format(n=number(chain.bits, 4)))


def underflow() -> None:
    """A long text: the product of its probabilities, and the sum of their logarithms."""
    held = scored.score(f"{texts.PROSE} {texts.SPEECH}")
    if held is None:
        return
    chain = held.chain
    rows = []
    for name, product in (
        (_("product in float32"), chain.product_float32),
        (_("product in float64"), chain.product_float64),
    ):
        zero = vanishes_at(product)
        rows.append(
            (
                name,
                repr(float(product[-1])) if zero is not None else number(float(product[-1])),
                _("0.0 from token {n} on").format(n=zero + 1)
                if zero is not None
                else _("just above 0"),
            )
        )
    rows.append(
        ui.Row(
            (
                _("sum of log₂"),
                number(chain.log2_prob, 5),
                _("p = {p}").format(p=charts.power(chain.log2_prob)),
            ),
            "marked",
        )
    )
    head = (
        _("way"),
        _("result for {n} tokens").format(n=count(len(chain.ids))),
        _("what it means"),
    )
    ui.table(head, rows)


def first_token() -> None:
    """What the model expects after its separator, and what the first token costs."""
    held = scored.score(ui.get("lm_text", texts.FACT))
    if held is None:
        ui.note(_("Type a text above."))
        return
    chain = held.chain
    labels = scored.labels_at(chain, 0)[:6]
    ui.note(
        _("Expected after {given}: {list}").format(
            given=scored.label(held.given),
            list=" · ".join(
                f"{word} {100 * p:.1f} %"
                for word, p in zip(labels, chain.top_probs[0].tolist(), strict=False)
            ),
        )
    )
    ui.note(
        _("Your first token “{token}” costs {bits} of the {all} bits there.").format(
            token=scored.label(held.pieces[0]),
            bits=number(float(chain.surprisal[0])),
            all=number(chain.bits, 4),
        )
    )
