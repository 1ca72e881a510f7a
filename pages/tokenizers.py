"""Tokenizers: how a vocabulary is learned, merge by merge, and what it makes of a text."""

from __future__ import annotations

import ui
from core.tokenizers import bpe, real, unigram, walk, wordpiece, zipf
from core.tokenizers.trained import lesson
from core.tokenizers.unigram import lattice
from pages.tokenizers_parts import downloads, pitfalls, side, train, use
from pages.tokenizers_parts import real as shipped
from ui import _


def learn(algorithm: str, corpus: str, **more: object) -> dict[str, object]:
    """The state in which this algorithm learns from this corpus, at its first step."""
    first = {"tok_step": 0, "tok_round": 0, "tok_unit": "char", "tok_word": ""}
    first |= {"tok_merges": 40, "tok_extra": 2}
    chosen = {"tokenizers_view": "train", "tok_algo": algorithm, "tok_corpus": corpus}
    return {**first, **chosen, **more}


ui.render(
    ui.Page(
        "tokenizers",
        _("Tokenizer merge stepper"),
        _(
            "A model reads tokens. BPE merges the most frequent pair, $\\max f(ab)$; WordPiece the "
            "pair whose parts need each other, $\\max f(ab)/(f(a)f(b))$; Unigram starts with too "
            "many pieces and drops those whose loss adds least to $-\\sum f(w) \\ln P(w)$."
        ),
        views=[
            ui.View("train", _("Train"), train.draw),
            ui.View("use", _("Use it"), use.draw),
            ui.View("real", _("Real ones"), shipped.draw),
            ui.View("side", _("Side by side"), side.draw),
        ],
        scenarios=[
            ui.Scenario(
                "BPE: hug, pug", learn("bpe", "hug"), _("Five words, seven merges, by hand.")
            ),
            ui.Scenario("WordPiece", learn("wordpiece", "hug"), _("The same five words by score.")),
            ui.Scenario("Unigram", learn("unigram", "hug"), _("The same five words by loss.")),
            ui.Scenario(
                _("Endings: walk, walked"),
                learn("bpe", "endings"),
                _("Which endings become tokens, and when?"),
            ),
            ui.Scenario(
                "aaabdaaabac",
                learn("bpe", "own", tok_own="aaabdaaabac"),
                _("Wikipedia's example: watch the ties."),
            ),
            ui.Scenario(
                _("Chinese in bytes"),
                learn("bpe", "chinese", tok_unit="byte", tok_merges=100),
                _("Bytes first join to characters, then characters to words."),
            ),
            ui.Scenario(
                _("A real one, merge by merge"),
                {"tokenizers_view": "real", "tok_real_of": "lm", "tok_real_at": 0},
                _("The language model's own merges on your text."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Frequent, or faithful?"),
                _(
                    "BPE would merge ##u + ##g, the most frequent pair. WordPiece takes ##g + ##s: "
                    "an s is never without its g. Compare the two columns."
                ),
                learn("wordpiece", "hug"),
            ),
            ui.Experiment(
                _("A letter it never saw"),
                _(
                    "a, d and m are not in the vocabulary. Then let it start from bytes: nothing "
                    "is unknown any more, and the text gets longer."
                ),
                {
                    "tokenizers_view": "use",
                    "tok_algo": "bpe",
                    "tok_corpus": "hug",
                    "tok_unit": "char",
                    "tok_use": "hugs and mugs",
                    "tok_use_at": 0,
                },
            ),
            ui.Experiment(
                _("The price of a script"),
                _(
                    "The language model's row: English far to the left, Chinese above one token a "
                    "character. Train the others on the Chinese text and see who pays now."
                ),
                {"tokenizers_view": "side", "tok_what": "ratio", "tok_side_corpus": "gettysburg"},
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
            ui.Source(walk.walk),
            ui.Source(real.RealTokenizer),
            ui.Source(zipf.zipf, "Zipf (1949)"),
            ui.Source(lesson.course_example, "Hugging Face course, chapter 6"),
        ],
        pitfalls=pitfalls.pitfalls(),
        downloads=downloads.downloads(),
    )
)
