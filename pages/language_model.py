"""Language model: the probability of a text by the chain rule, and what it is good for."""

from __future__ import annotations

import ui
from core.coding import arithmetic_decode, arithmetic_encode, compare_compressors
from core.text_scoring import chain_rule, compare_texts
from pages.language_model_parts import chain, packing, pair, pitfalls, texts
from ui import _

VIEW = ui.view_key("language_model")

ui.render(
    ui.Page(
        "language_model",
        _("Language model"),
        _(
            "A language model gives every next token a probability. Multiplied along a text, they "
            "are the probability of the text; their logarithms add up to its information in bits."
        ),
        views=[
            ui.View("chain", _("Chain rule"), chain.draw),
            ui.View("pair", _("Two texts"), pair.draw),
            ui.View("packing", _("Compression"), packing.draw),
        ],
        scenarios=[
            ui.Scenario(
                _("A fact"),
                {VIEW: "chain", "lm_text": texts.FACT, "lm_at": 5, "lm_first": "separator"},
            ),
            ui.Scenario(
                _("Paris or London"), {VIEW: "pair", "lm_a": texts.FACT, "lm_b": texts.LONDON}
            ),
            ui.Scenario(
                _("Grammar"),
                {VIEW: "pair", "lm_a": texts.ARE, "lm_b": texts.IS},
                _("The keys … are, the keys … is: the nearest noun misleads."),
            ),
            ui.Scenario(
                _("Shuffled words"),
                {VIEW: "pair", "lm_a": texts.ORDERED, "lm_b": texts.SHUFFLED},
                _("The same words in another order."),
            ),
            ui.Scenario(
                _("Chinese"),
                {VIEW: "chain", "lm_text": texts.CHINESE, "lm_at": 4},
                _("Most characters take several tokens, shown as bytes."),
            ),
            ui.Scenario(_("Emoji and Hebrew"), {VIEW: "chain", "lm_text": texts.EMOJI, "lm_at": 4}),
            ui.Scenario(_("Compress a story"), {VIEW: "packing", "lm_text": texts.PROSE}),
        ],
        experiments=[
            ui.Experiment(
                _("Say it three times"),
                _(
                    "An absurd sentence, repeated. The first time it is expensive; watch the bars "
                    "of the second and third time: the model copies, and a copy costs next to "
                    "nothing."
                ),
                {VIEW: "chain", "lm_text": texts.TWICE, "lm_at": 9},
            ),
            ui.Experiment(
                _("One wrong fact"),
                _(
                    "Paris against London. The lines part at one token: read the two probabilities "
                    "there and take the ratio. Then change the country."
                ),
                {VIEW: "pair", "lm_a": texts.FACT, "lm_b": texts.LONDON},
            ),
            ui.Experiment(
                _("A speech known by heart"),
                _(
                    "Lincoln at Gettysburg. Press “Encode and decode” and compare the bits per "
                    "character with those of “Compress a story”, which the model has never seen."
                ),
                {VIEW: "packing", "lm_text": texts.SPEECH},
            ),
        ],
        sources=[
            ui.Source(chain_rule, "Shannon 1948, A Mathematical Theory of Communication, § 6–7"),
            ui.Source(compare_texts, "Linzen, Dupoux, Goldberg 2016, arXiv:1611.01368"),
            ui.Source(arithmetic_encode, "Witten, Neal, Cleary 1987; Martin 1979 (range coder)"),
            ui.Source(arithmetic_decode, "Witten, Neal, Cleary 1987"),
            ui.Source(compare_compressors, "RFC 1952; Burrows, Wheeler 1994; LZMA SDK"),
        ],
        pitfalls=[
            ui.Pitfall(
                _("Perplexities of different tokenizers cannot be compared"),
                _(
                    "Perplexity is 2 to the bits *per token*. A tokenizer with longer tokens has "
                    "fewer of them, each harder, and so a higher perplexity for the very same "
                    "bits. Bits per character (or byte) do not depend on how the text was cut."
                ),
                pitfalls.per_unit,
            ),
            ui.Pitfall(
                _("A product of probabilities is soon 0.0"),
                _(
                    "The least number that float32 holds is 2⁻¹⁴⁹: a text of fifty tokens can be "
                    "below it. Add the logarithms instead of multiplying the probabilities."
                ),
                pitfalls.underflow,
            ),
            ui.Pitfall(
                _("Before the first token there is nothing to condition on"),
                _(
                    "A model predicts each token from those before it. Here `<|endoftext|>`, which "
                    "stood between documents in training, stands before the first one; or the "
                    "first token is left unscored. log₂ p differs by several bits: say which you "
                    "mean. `<|im_start|>`, which the default model's configuration names as the "
                    "beginning, opens a chat turn; after it a plain text costs far more."
                ),
                pitfalls.first_token,
            ),
            ui.Pitfall(
                _("Likely is not true, and long is not false"),
                _(
                    "Each further token multiplies by at most 1, so a longer text is less likely "
                    "as a rule. Compare texts that differ in one place, or bits per character. "
                    "And a likely text is a usual one: nobody has checked it."
                ),
            ),
            ui.Pitfall(
                _("The probability of the tokens is not quite that of the text"),
                _(
                    "The same text can be cut into tokens in many ways, and the model gives each "
                    "a little probability. Shown is the way of the tokenizer alone: a lower "
                    "bound of p(text), as a rule close to it."
                ),
            ),
        ],
        downloads=[
            ui.Download(_("Tokens (CSV)"), "language-model-tokens.csv", chain.table),
            ui.Download(
                _("Predictions (CSV)"), "language-model-predictions.csv", chain.predictions
            ),
            ui.Download(_("Two texts (CSV)"), "language-model-two-texts.csv", pair.table),
            ui.Download(_("Sizes (CSV)"), "language-model-sizes.csv", packing.table),
        ],
    )
)
