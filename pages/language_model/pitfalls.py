"""Mistakes that people make with the probabilities of texts."""

from __future__ import annotations

import ui
from charts import language_model as charts
from charts.format import count, number, probability
from charts.language_model import bits
from core.text_scoring import vanishes_at
from pages.language_model import controls, scored, texts
from ui import _, models


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Perplexities of different tokenizers cannot be compared"),
            _(
                "Perplexity is 2 to the power of the bits *per token*. A tokenizer with longer "
                "tokens splits the same text into fewer of them. If the total number of bits is "
                "the same, its perplexity is higher. Bits per character or per byte do not depend "
                "on the tokenization."
            ),
            _bits_per_unit,
        ),
        ui.Pitfall(
            _("A product of probabilities underflows"),
            _(
                "The smallest positive float32 is 2⁻¹⁴⁹, and a few dozen tokens are enough to fall "
                "below it. Add the logarithms instead of multiplying the probabilities."
            ),
            _underflow,
        ),
        ui.Pitfall(
            _("The first token has no context"),
            _(
                "A model predicts each token from those before it, and the first token has none. "
                "This page predicts it from the separator of training documents and every other "
                "token from the text alone, as the tokenizer's configuration asks. Other "
                "conventions keep the separator or a beginning token before the whole text, or "
                "leave the first token unscored. log₂ p differs, so say which one you use."
            ),
            _first_token,
        ),
        ui.Pitfall(
            _("A high probability does not mean that a text is true"),
            _(
                "A high probability means that the text resembles the training data. It also "
                "depends on length: each further token multiplies it by at most 1. Compare texts "
                "that differ in one place, or compare bits per character."
            ),
        ),
        ui.Pitfall(
            _("The probability of one tokenization is not that of the text"),
            _(
                "A text can be split into tokens in many ways, and the model gives each of them "
                "some probability. This page scores only the tokenizer's own split. The result is "
                "a lower bound on p(text), usually a close one."
            ),
        ),
    ]


def _bits_per_unit() -> None:
    """The bits of the page's text divided by its tokens, characters and bytes."""
    chain = scored.current().chain
    units = {
        _("token"): (len(chain.ids), chain.bits_per_token, chain.perplexity),
        _("character"): (
            chain.characters,
            chain.bits_per_character,
            chain.perplexity_per_character,
        ),
        _("byte"): (chain.bytes, chain.bits_per_byte, chain.perplexity_per_byte),
    }
    ui.table(
        (_("unit of text"), _("number of units"), _("bits per unit"), _("perplexity")),
        [(name, count(n), number(bits), number(value)) for name, (n, bits, value) in units.items()],
        numbers=(1, 2, 3),
    )
    ui.note(_("The text above has {n} bits in total.").format(n=number(chain.bits, 4)))


def _underflow() -> None:
    """The product of the probabilities of a long text, and the sum of their logarithms."""
    chain = scored.score(f"{texts.STORY} {texts.SPEECH}").chain
    rows: list[ui.Row] = []
    for name, product in (
        (_("product in float32"), chain.product_float32),
        (_("product in float64"), chain.product_float64),
    ):
        zero = vanishes_at(product)
        vanishes = "" if zero is None else _("0.0 from token {n} on").format(n=zero + 1)
        rows.append(ui.Row((name, number(float(product[-1])), vanishes or _("greater than 0"))))
    p = _("p = {p}").format(p=charts.power_of_two(chain.log2_prob))
    rows.append(ui.Row((_("sum of log₂"), number(chain.log2_prob, 5), p), "marked"))
    result = _("result for {n} tokens").format(n=count(len(chain.ids)))
    ui.table((_("method"), result, _("remark")), rows)


def _first_token() -> None:
    """The bits of the page's text under four conventions, and the likely first tokens."""
    text = controls.text.value
    found = scored.score(text)
    model = models.language_model()
    name = scored.label(found.first)
    ways = {_("{token} predicts the first token only").format(token=name): found.chain}
    if len(found.chain.ids) > 1:
        ways[_("the first token is not scored")] = scored.score(text, controls.GIVEN).chain
    for token in dict.fromkeys((model.start_id, model.tokenizer.bos_id)):
        if token is not None:
            way = _("{token} stays before the whole text").format(token=scored.label(token))
            ways[way] = scored.after(text, token)
    ui.table(
        (_("convention"), _("scored tokens"), _("bits in total"), _("bits per token")),
        [
            (way, count(len(chain.ids)), number(chain.bits, 4), number(chain.bits_per_token))
            for way, chain in ways.items()
        ],
        numbers=(1, 2, 3),
    )
    if len(found.chain.ids) > 1:
        kept = scored.after(text, model.start_id)
        ui.note(
            _(
                "The second token, “{token}”, costs {own} when it is predicted from the first one "
                "alone, and {kept} when {separator} stays before both."
            ).format(
                token=scored.label(found.chain.ids[1]),
                own=bits(float(found.chain.surprisal[1])),
                kept=bits(float(kept.surprisal[1])),
                separator=name,
            )
        )
    top = zip(found.chain.top_ids[0, :6].tolist(), found.chain.top_probs[0, :6], strict=True)
    listed = " · ".join(f"{scored.label(i)} {probability(float(p))}" for i, p in top)
    ui.note(_("Most likely after {given}: {list}").format(given=name, list=listed))
