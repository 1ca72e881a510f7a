"""Language model: describes the page."""

from __future__ import annotations

import ui
from core.coding import arithmetic_decode, arithmetic_encode, compare_compressors
from core.text_comparison import compare_texts
from core.text_scoring import chain_rule
from pages.language_model import chain, controls, packing, pair, questions, texts
from pages.language_model.downloads import downloads
from pages.language_model.pitfalls import pitfalls
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "language_model",
        _("Language model"),
        _(
            "A language model gives a probability to every possible next token. The product of "
            "these along a text is its probability; the sum of $-\\log_2 p$ is its information in "
            "bits."
        ),
        controls=controls,
        views=[
            ui.View("chain", _("Chain rule"), chain.draw, (controls.text, controls.first_token)),
            ui.View(
                "pair",
                _("Two texts"),
                pair.draw,
                (controls.text_a, controls.text_b, controls.first_token),
            ),
            ui.View(
                "packing", _("Compression"), packing.draw, (controls.text, packing.run_buttons)
            ),
        ],
        sentences=[
            lambda text: ui.state("chain", text=text),
            lambda text: ui.state("pair", text_a=text),
        ],
        scenarios=[
            ui.Scenario(
                _("A fact"),
                ui.state("chain"),
                _(
                    "The context makes “Paris” very likely, so this token has a surprisal of less "
                    "than half a bit."
                ),
            ),
            ui.Scenario(
                _("Paris or London"),
                ui.state("pair"),
                _("The texts differ in one token. It makes almost all of the difference in bits."),
            ),
            ui.Scenario(
                _("Grammar"),
                ui.state("pair", text_a=texts.ARE, text_b=texts.IS),
                _(
                    "The verb must agree with “keys”, although “cabinet” is closer. At the "
                    "verb, “are” costs 5.7 bits less than “is”."
                ),
            ),
            ui.Scenario(
                _("Shuffled words"),
                ui.state("pair", text_a=texts.ORDERED, text_b=texts.SHUFFLED),
                _("The same words in random order need 188 bits instead of 92."),
            ),
            ui.Scenario(
                _("Chinese"),
                ui.state("chain", text=texts.CHINESE, position=4),
                _(
                    "The 16 characters take 31 tokens. Most characters are split into two or three "
                    "tokens, which are shown as UTF-8 bytes."
                ),
            ),
            ui.Scenario(
                _("Emoji and Hebrew"),
                ui.state("chain", text=texts.EMOJI, position=4),
                _(
                    "The family emoji is one picture, but five code points (three people and two "
                    "zero-width joiners) and 13 tokens."
                ),
            ),
            ui.Scenario(
                _("Compress a story"),
                ui.state("packing", text=texts.STORY),
                _(
                    "This story was written for this page. gzip needs 248 of its 385 bytes, the "
                    "model about 63."
                ),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Repeat a sentence three times"),
                _(
                    "Compare the bars of the three copies, then change one word of the last copy. "
                    "How many bits does the change cost?"
                ),
                ui.state("chain", text=texts.REPEATED, position=9),
                ui.Question(
                    _(
                        "The text is this sentence three times. Compared with the first copy, the "
                        "second takes …"
                    ),
                    [
                        _("about as many bits."),
                        _("about half as many bits."),
                        _("less than a third of the bits."),
                    ],
                    questions.bits_of_the_second_copy,
                    ui.state("chain", text=texts.ONCE),
                ),
            ),
            ui.Experiment(
                _("One wrong fact"),
                _(
                    "The lines separate at one token. Divide its two probabilities: “Paris” is "
                    "62 times as likely as “London”. The full stop after it differs too, so the "
                    "whole texts differ by a factor of 71. Then replace France with another "
                    "country in both texts."
                ),
                ui.state("pair"),
            ),
            ui.Experiment(
                _("A famous speech"),
                _(
                    "The opening of Lincoln's Gettysburg Address. Press “Encode and decode”, then "
                    "compare the bits per character with those of “Compress a story”, a text that "
                    "is not in the training data."
                ),
                ui.state("packing", text=texts.SPEECH),
            ),
        ],
        sources=[
            ui.Source(chain_rule, "Shannon (1948), A Mathematical Theory of Communication, § 6–7"),
            ui.Source(compare_texts, "Linzen, Dupoux and Goldberg (2016), arXiv:1611.01368"),
            ui.Source(
                arithmetic_encode, "Witten, Neal and Cleary (1987); Martin (1979, range coder)"
            ),
            ui.Source(arithmetic_decode, "Witten, Neal and Cleary (1987)"),
            ui.Source(compare_compressors, "RFC 1952; Burrows and Wheeler (1994); LZMA SDK"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
