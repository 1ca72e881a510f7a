"""Tokenizers: describes the page."""

from __future__ import annotations

import ui
from core.tokenizers import bpe, unigram, wordpiece, zipf
from core.tokenizers.real import RealTokenizer
from core.tokenizers.trained import lesson
from core.tokenizers.unigram import lattice
from core.tokenizers.walk import walk
from pages.tokenizers import controls, questions, real, side, train, use
from pages.tokenizers.downloads import downloads
from pages.tokenizers.pitfalls import pitfalls
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "tokenizers",
        _("Tokenizer merge stepper"),
        _(
            "A language model reads tokens, not letters. BPE merges the most frequent pair, "
            "$\\max f(ab)$; WordPiece the pair with the highest score, $\\max f(ab)/(f(a)f(b))$. "
            "Unigram starts with many pieces and prunes those whose removal raises the loss "
            "$-\\sum f(w) \\ln P(w)$ least."
        ),
        controls=controls,
        views=[
            ui.View("train", _("Training"), train.draw, (*controls.SETUP, controls.word)),
            ui.View("use", _("Encoding"), use.draw, (controls.text["use"], *controls.SETUP)),
            ui.View(
                "real",
                _("Pretrained tokenizers"),
                real.draw,
                (controls.tokenizer, real.upload, controls.text["real"]),
            ),
            ui.View(
                "side",
                _("Comparison"),
                side.draw,
                (
                    controls.compared,
                    *controls.measured.values(),
                    controls.compared_text,
                    controls.counted_scheme,
                    controls.schemes,
                    controls.size,
                    controls.side_corpus,
                ),
            ),
        ],
        sentences=[
            lambda text: ui.state("real", text={"real": text}),
            lambda text: ui.state("use", text={"use": text}),
        ],
        scenarios=[
            ui.Scenario(
                "BPE: hug, pug",
                ui.state("train"),
                _("Five words with their counts. After seven merges no pair is left."),
            ),
            ui.Scenario(
                "WordPiece",
                ui.state("train", algorithm="wordpiece"),
                _("The same five words, merged by score instead of count."),
            ),
            ui.Scenario(
                "Unigram",
                ui.state("train", algorithm="unigram"),
                _("The same five words. Training starts with many pieces and prunes them."),
            ),
            ui.Scenario(
                _("Suffixes: walk, walked"),
                ui.state("train", corpus="endings"),
                _("Step through the merges: which suffixes become tokens, and when?"),
            ),
            ui.Scenario(
                "aaabdaaabac",
                ui.state("train", corpus="own"),
                _(
                    "The example of Wikipedia's article on byte-pair encoding. At the second merge "
                    "two pairs tie."
                ),
            ),
            ui.Scenario(
                _("Chinese in bytes"),
                ui.state("train", corpus="chinese", unit="byte", merges=100),
                _(
                    "A Chinese character is three bytes in UTF-8. Step through the merges: when "
                    "does a whole character appear first, and when several in one token?"
                ),
            ),
            ui.Scenario(
                _("The language model's merges"),
                ui.state("real"),
                _("The tokens of SmolLM2 with their ids. Step back to undo the merges one by one."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Count or score"),
                _(
                    "BPE would merge ##u + ##g, the most frequent pair. WordPiece merges ##g + ##s "
                    "first, because ##s occurs only after ##g. Compare the columns f(ab) and score."
                ),
                ui.state("train", algorithm="wordpiece"),
            ),
            ui.Experiment(
                _("Unknown letters"),
                _(
                    "The letters a, d and m are not in the vocabulary. Choose bytes as the initial "
                    "symbols: no token is unknown any more."
                ),
                ui.state("use", text={"use": "hugs and mugs"}),
                ui.Question(
                    _("No word of the training text contains a, d or m. In “hugs and mugs”, …"),
                    [
                        _("every token is known: rare words are split into letters."),
                        _("some tokens inside the words are unknown."),
                        _("the whole text becomes unknown tokens."),
                    ],
                    questions.tokens_of_an_unknown_word,
                    ui.state("use", text={"use": "hugs and bugs"}),
                ),
            ),
            ui.Experiment(
                _("Tokens per character by language"),
                _(
                    "Compare the texts in the language model's row. Then set the training corpus "
                    "to the Chinese text: which texts now need more tokens per character?"
                ),
                ui.state("side", compared="ratio"),
            ),
        ],
        sources=[
            ui.Source(bpe.train_bpe, "Sennrich, Haddow and Birch (2016), section 3.2"),
            ui.Source(bpe.encode_bpe, "Radford et al. (2019), section 2.2"),
            ui.Source(wordpiece.train_wordpiece, "Schuster and Nakajima (2012), section 3"),
            ui.Source(wordpiece.encode_wordpiece, "Devlin et al. (2019)"),
            ui.Source(unigram.train_unigram, "Kudo (2018), section 3.2"),
            ui.Source(lattice.viterbi, "Viterbi (1967); Kudo (2018), section 3.2"),
            ui.Source(lattice.posterior, "Baum et al. (1970)"),
            ui.Source(unigram.removal_deltas, "Kudo (2018), section 3.2"),
            ui.Source(walk),
            ui.Source(RealTokenizer),
            ui.Source(zipf.zipf, "Zipf (1949)"),
            ui.Source(lesson.course_example, "Hugging Face course, chapter 6"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
