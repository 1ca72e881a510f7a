"""The mistakes that people really make with tokens, each shown by running it."""

from __future__ import annotations

import math

import ui
from charts.format import count, number
from core.tokenizers.compare import compare
from core.tokenizers.spelling import loose
from core.tokenizers.trained.lesson import course_example
from pages.tokenizers_parts.real import shipped
from pages.tokenizers_parts.schemes import scheme
from pages.tokenizers_parts.settings import Setup, bpe, corpus_of, wordpiece
from ui import _

PROMPTS = ("The capital of France is", "The capital of France is ", "Paris", " Paris")
SAME = (
    "The cat sits on the mat and looks at the moon.",
    "猫坐在垫子上看着月亮。",
    "Die Katze sitzt auf der Matte und schaut den Mond an.",
)
CHARACTERS = ("a", "é", "的", "好", "龘", "👍", "👍🏽", "👨‍👩‍👧‍👦")
FIRST = 4  # merges of two trainers to compare


def pitfalls() -> list[ui.Pitfall]:
    """All of them, as the page lists them."""
    return [
        ui.Pitfall(
            _("A space at the end of a prompt"),
            _(
                "The space belongs to the *next* token: the model has learned “ Paris”, not “ ” "
                "and then “Paris”. A prompt that ends in a space asks for a word that begins "
                "without one, which it has seldom seen."
            ),
            trailing_space,
        ),
        ui.Pitfall(
            _("Tokens are not words, and not the same number in every language"),
            _(
                "“A token is ¾ of a word” holds for English under an English vocabulary. The same "
                "sentence costs more elsewhere: in context, in time and in money."
            ),
            same_sentence,
        ),
        ui.Pitfall(
            _("One character may be several tokens"),
            _(
                "A byte-level vocabulary spells rare characters in bytes. Cut a list of tokens "
                "anywhere, and half a character may be left: decode the whole, not each token."
            ),
            one_character,
        ),
        ui.Pitfall(
            _("WordPiece's score is not a count"),
            _(
                "Divided by the counts of its parts, a rare pair beats a frequent one if its parts "
                "seldom go without each other. The same corpus, the first merges of both:"
            ),
            score_and_count,
        ),
        ui.Pitfall(
            _("A published example with two slips"),
            _(
                "The best-known walk through Unigram takes 5/210 for P(p), where its own table "
                "says 17/210; and its code starts Viterbi at 1 in place of 0, so that every word's "
                "loss is one too high. Recomputed from its five words:"
            ),
            slips,
        ),
        ui.Pitfall(
            _("WordPiece does not replay its merges"),
            _(
                "Training merges, encoding takes the longest piece that fits, from the left. One "
                "letter that the vocabulary lacks makes the *whole word* unknown; a BPE would lose "
                "that letter alone."
            ),
            lost_word,
        ),
    ]


def trailing_space() -> None:
    """Prompts with and without it, as the language model reads them."""
    tokenizer = shipped("lm")
    rows = []
    for text in PROMPTS:
        trace = tokenizer.step(text)
        shown = "  ".join(ui.plain(loose(token)) for token in trace.shown)
        rows.append([ui.plain(text), shown, " ".join(map(str, trace.ids))])
    ui.table([_("text"), _("tokens"), _("ids")], rows)


def same_sentence() -> None:
    """One sentence in three languages."""
    chosen = Setup()
    kinds = [scheme(name, chosen) for name in ("word", "char", "byte", "lm", "enc")]
    rows = [[text, *(count(row.count) for row in compare(text, kinds).rows)] for text in SAME]
    ui.table([_("sentence"), *(kind.name for kind in kinds)], rows, numbers=[1, 2, 3, 4, 5])


def one_character() -> None:
    """Characters with their bytes and tokens."""
    kinds = [scheme(name, Setup()) for name in ("char", "byte", "lm")]
    rows = []
    for text in CHARACTERS:
        result = compare(text, kinds)
        shown = "  ".join(ui.plain(loose(token.text)) for token in result.rows[2].tokens)
        rows.append([text, *(count(row.count) for row in result.rows), shown])
    head = [_("shown"), _("code points"), _("bytes"), _("tokens"), _("the tokens")]
    ui.table(head, rows, numbers=[1, 2, 3])


def score_and_count() -> None:
    """The first merges of BPE and of WordPiece on the same five words."""
    chosen = Setup(merges=FIRST)
    rows = [
        [
            str(one.index + 1),
            f"{' + '.join(one.pair)} → {one.merged}",
            count(one.count),
            f"{' + '.join(two.pair)} → {two.merged}",
            count(two.count),
            number(two.score, 3),
        ]
        for one, two in zip(bpe(chosen).steps, wordpiece(chosen).steps, strict=False)
    ]
    head = [_("merge"), "BPE", _("count"), "WordPiece", _("count"), _("score")]
    ui.table(head, rows, numbers=[2, 4, 5])


def slips() -> None:
    """The course's example, right and as it was printed."""
    example = course_example(corpus_of("hug").word_counts)
    letters = max(example.cuts, key=lambda cut: len(cut.tokens))
    total = example.total
    ui.table(
        ["", _("with the slip"), _("recomputed")],
        [
            ["P(p)", f"{example.slipped_count}/{total}", f"{example.counts['p']}/{total}"],
            [
                f"P({' + '.join(letters.tokens)})",
                number(example.slipped, 4),
                number(math.exp(letters.log_prob), 4),
            ],
            *(
                [
                    _("loss of {word}, nats").format(word=word),
                    number(example.losses_from_one[word], 4),
                    number(loss, 4),
                ]
                for word, loss in example.losses.items()
            ),
            [
                _("loss of the corpus, nats"),
                number(example.loss_from_one, 4),
                number(example.loss, 4),
            ],
        ],
        numbers=[1, 2],
    )


def lost_word() -> None:
    """A word with one unknown letter under both."""
    text = "hugs hugz"
    chosen = Setup()
    result = compare(text, [scheme("bpe", chosen), scheme("wp", chosen)])
    ui.table(
        [_("text"), *(row.name for row in result.rows)],
        [[text, *("  ".join(token.text for token in row.tokens) for row in result.rows)]],
    )
