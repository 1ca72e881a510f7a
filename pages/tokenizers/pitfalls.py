"""Mistakes that people make with tokens, each shown by running it."""

from __future__ import annotations

import math

import ui
from charts.format import count, number
from core.tokenizers.bpe import train_bpe
from core.tokenizers.compare import Scheme, SchemeTokens, compare
from core.tokenizers.spelling import loose
from core.tokenizers.trained.history import MergeStep
from core.tokenizers.trained.lesson import course_example
from core.tokenizers.wordpiece import train_wordpiece
from pages.tokenizers.real import shipped
from pages.tokenizers.setups import load
from pages.tokenizers.training import scheme
from ui import _

PROMPTS = ("The capital of France is", "The capital of France is ", "Paris", " Paris")
SENTENCES = (
    "The cat sits on the mat and looks at the moon.",
    "猫坐在垫子上看着月亮。",
    "Die Katze sitzt auf der Matte und schaut den Mond an.",
)
CHARACTERS = ("a", "é", "的", "好", "龘", "👍", "👍🏽", "👨‍👩‍👧‍👦")
WORDS, MERGES = "hug", 40  # what BPE and WordPiece are trained on here
FIRST = 4  # merges that are compared


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("A space at the end of a prompt"),
            _(
                "In this vocabulary a word's token usually includes the space *before* the word: "
                "“ Paris” is one token. If the prompt ends in a space, the model must continue "
                "with a word that lacks its space, which is rare in ordinary text."
            ),
            _trailing_space,
        ),
        ui.Pitfall(
            _("Counting tokens as words"),
            _(
                "“One token is about ¾ of a word” is a rule of thumb for long English texts. The "
                "last column counts the words per token of one sentence in three languages: they "
                "depend on the sentence and on the language. Chinese is written without spaces, so "
                "its words cannot be counted like this."
            ),
            _same_sentence,
        ),
        ui.Pitfall(
            _("Decoding tokens one by one"),
            _(
                "A byte-level vocabulary spells rare characters in bytes, so one character may "
                "take several tokens. If you cut a list of tokens anywhere, it may end within a "
                "character. Decode the whole list, not each token."
            ),
            _one_character,
        ),
        ui.Pitfall(
            _("Taking WordPiece's score for a count"),
            _(
                "The count of a pair is divided by the counts of its parts. A rare pair can "
                "therefore beat a frequent one if its parts rarely occur apart. These are the "
                "first merges of both algorithms on the same corpus:"
            ),
            _score_and_count,
        ),
        ui.Pitfall(
            _("A published example with two mistakes"),
            _(
                "The Unigram example of the Hugging Face course uses 5/210 for P(p), although its "
                "own table gives 17/210. Its code also starts Viterbi at 1 instead of 0, so the "
                "loss of each word is 1 nat too high. Recomputed from its five words:"
            ),
            _course_mistakes,
        ),
        ui.Pitfall(
            _("Replaying WordPiece's merges"),
            _(
                "WordPiece merges in training only. It encodes by taking the longest piece that "
                "matches, from the left. If one letter is not in the vocabulary, the *whole word* "
                "becomes unknown; BPE marks only that letter as unknown."
            ),
            _unknown_letter,
        ),
    ]


def _schemes(*names: str) -> list[Scheme]:
    return [scheme(name, WORDS, MERGES) for name in names]


def _trailing_space() -> None:
    tokenizer = shipped("lm")
    rows = []
    for text in PROMPTS:
        trace = tokenizer.step(text)
        shown = "  ".join(ui.plain(loose(token)) for token in trace.shown)
        rows.append([ui.plain(text), shown, " ".join(map(str, trace.ids))])
    ui.table([_("text"), _("tokens"), _("ids")], rows)


def _same_sentence() -> None:
    kinds = _schemes("word", "char", "byte", "lm", "enc")
    rows = []
    for text in SENTENCES:
        found = compare(text, kinds).rows
        words = sum(token.text.isalpha() for token in found[0].tokens)
        ratio = number(words / found[3].count, 3) if " " in text else "—"
        rows.append([text, *map(_with_unknown, found), ratio])
    header = [_("sentence"), *(kind.name for kind in kinds), _("words per token")]
    ui.table(header, rows, numbers=[1, 2, 3, 4, 5, 6])


def _with_unknown(row: SchemeTokens) -> str:
    """A number of tokens, and how many of them are unknown."""
    if not row.unknown:
        return count(row.count)
    return _("{n} ({unknown} unknown)").format(n=count(row.count), unknown=count(row.unknown))


def _one_character() -> None:
    kinds = _schemes("char", "byte", "lm")
    rows = []
    for text in CHARACTERS:
        result = compare(text, kinds)
        shown = "  ".join(ui.plain(loose(token.text)) for token in result.rows[2].tokens)
        rows.append([text, *(count(row.count) for row in result.rows), shown])
    header = [_("character"), _("code points"), _("bytes"), _("number of tokens"), _("tokens")]
    ui.table(header, rows, numbers=[1, 2, 3])


def _score_and_count() -> None:
    words = load(WORDS).word_counts
    rows = [
        [str(bpe.index + 1), *_merge(bpe), *_merge(wordpiece), number(wordpiece.score, 3)]
        for bpe, wordpiece in zip(
            train_bpe(words, FIRST).steps, train_wordpiece(words, FIRST).steps, strict=True
        )
    ]
    header = [_("merge"), "BPE", _("count"), "WordPiece", _("count"), _("score")]
    ui.table(header, rows, numbers=[2, 4, 5])


def _merge(step: MergeStep) -> list[str]:
    return [f"{' + '.join(step.pair)} → {step.merged}", count(step.count)]


def _course_mistakes() -> None:
    example = course_example(load(WORDS).word_counts)
    total = example.total
    letters = max(example.cuts, key=lambda cut: len(cut.tokens))
    words = [
        (_("loss of {word}, nats").format(word=word), example.losses_from_one[word], loss)
        for word, loss in example.losses.items()
    ]
    rows = [
        (f"P({' + '.join(letters.tokens)})", example.mistaken, math.exp(letters.log_prob)),
        *words,
        (_("loss of the corpus, nats"), example.loss_from_one, example.loss),
    ]
    ui.table(
        ["", _("with the mistake"), _("recomputed")],
        [
            ["P(p)", f"{example.mistaken_count}/{total}", f"{example.counts['p']}/{total}"],
            *([name, number(wrong, 4), number(value, 4)] for name, wrong, value in rows),
        ],
        numbers=[1, 2],
    )


def _unknown_letter() -> None:
    text = "hugs hugz"
    result = compare(text, _schemes("bpe", "wp"))
    ui.table(
        [_("text"), *(row.name for row in result.rows)],
        [[text, *("  ".join(token.text for token in row.tokens) for row in result.rows)]],
    )
