"""The controls of the tokenizer page."""

from __future__ import annotations

from pages.tokenizers.setups import (
    ITERATIONS,
    MOST_EXTRA,
    MOST_MERGES,
    OWN,
    SHRINK,
    Setup,
    most_extra,
    most_merges,
)
from ui import N_, Choice, Choices, IntSlider, Slider, Stepper, Switch, Text

CORPORA = {
    "hug": N_("hug, pug, pun, bun …"),
    "low": N_("low, lower, newest …"),
    "endings": N_("English words with shared prefixes and suffixes"),
    "english": N_("A short text in English"),
    "gettysburg": N_("The Gettysburg Address"),
    "chinese": N_("A short text in Chinese"),
    "daodejing": N_("Daodejing, chapter 1"),
    "code": N_("Python code"),
    "emoji": N_("Emoji: families, skin tones, flags"),
    OWN: N_("Your own text"),
}
WORD_LISTS = ("hug", "low", "endings")  # words with counts: they have no spaces between them
LANGUAGES = ("english", "chinese", "code", "emoji")  # texts that are compared
SCHEMES = {
    "word": N_("words"),
    "char": N_("characters"),
    "byte": N_("bytes"),
    "bpe": "BPE",
    "bbpe": N_("byte BPE"),
    "wp": "WordPiece",
    "uni": "Unigram",
    "lm": N_("language model"),
    "enc": N_("encoder"),
}
TRAINED = {  # algorithm and initial symbols
    "bpe": ("bpe", "char"),
    "bbpe": ("bpe", "byte"),
    "wp": ("wordpiece", "char"),
    "uni": ("unigram", "char"),
}
LONGEST = 1000  # characters of a text that is stepped
STEPPED = {  # views that step a text, with their first texts
    "use": "hugs and bugs",
    "real": "The tokenizer's unbelievable: 你好，世界 👩🏽‍💻",
}


def _is_unigram() -> bool:
    return algorithm.value == "unigram"


def unlimited() -> Setup:
    """Return the algorithm and the corpus that are chosen, without the size of the vocabulary."""
    return Setup(
        algorithm=algorithm.value,
        corpus=corpus.value,
        own=own.value if corpus.value == OWN else "",
        spaces="prefix" if has_spaces() and spaces.value else "drop",
        unit=unit.value if algorithm.value == "bpe" else "char",
    )


def has_spaces() -> bool:
    """Return whether the algorithm and the corpus leave a choice about spaces."""
    return algorithm.value != "wordpiece" and corpus.value not in WORD_LISTS


# What is trained on what: Training and Encoding
algorithm = Choice(
    "tok_algo", N_("Algorithm"), {"bpe": "BPE", "wordpiece": "WordPiece", "unigram": "Unigram"}
)
corpus = Choice("tok_corpus", N_("Training corpus"), CORPORA, kind="menu")
own = Text(
    "tok_own",
    N_("Your own text"),
    "aaabdaaabac",  # the example of Wikipedia's article on byte-pair encoding, and of minbpe
    note=N_("The first 2,000 characters are used; words of more than 20 characters are split."),
    when=lambda: corpus.value == OWN,
)
merges = IntSlider(
    "tok_merges",
    N_("Merges"),
    1,
    MOST_MERGES,
    40,
    help=N_("How many merges are learned, at most as many as the corpus has pairs for."),
    reach=lambda: most_merges(unlimited()),
    when=lambda: not _is_unigram(),
)
extra = IntSlider(
    "tok_extra",
    N_("Multi-character pieces"),
    0,
    MOST_EXTRA,
    2,
    reach=lambda: most_extra(unlimited()),
    help=N_("How many remain after pruning. Single characters always remain."),
    when=_is_unigram,
)
unit = Choice(
    "tok_unit",
    N_("Initial symbols"),
    {"char": N_("characters"), "byte": N_("bytes")},
    when=lambda: algorithm.value == "bpe",
)
spaces = Switch("tok_spaces", N_("Keep the space before a word, as GPT-2 does"), when=has_spaces)
shrink = Slider(
    "tok_shrink", N_("Share pruned per round"), 0.05, 0.5, SHRINK, 0.05, when=_is_unigram
)
iterations = IntSlider("tok_em", N_("EM iterations per round"), 1, 5, ITERATIONS, when=_is_unigram)
SETUP = (algorithm, corpus, own, merges, extra, unit, spaces, shrink, iterations)

# Training
step = Stepper("tok_step", N_("Merge"), unit=N_("merge"), first=1)
pair = IntSlider("tok_pair", N_("Selected symbol"), -1, 9999, -1)  # its chip; -1 before a click
training_round = Stepper("tok_round", N_("Round"), unit=N_("round"), first=1)
word = Text(
    "tok_word",
    N_("Word in the lattice"),
    help=N_("At most 12 characters. If it is empty, the lattice shows a word of the corpus."),
    placeholder=N_("a word of the corpus"),
    longest=12,
    when=_is_unigram,
)

# Encoding and Pretrained tokenizers
tokenizer = Choice(
    "tok_real_of",
    N_("Tokenizer"),
    {"lm": N_("language model"), "enc": N_("encoder"), "upload": N_("your tokenizer.json")},
)
text = {
    view: Text(
        f"tok_{view}",
        N_("Your text"),
        default,
        note=N_("At most 1,000 characters."),
        longest=LONGEST,
    )
    for view, default in STEPPED.items()
}
# A text opens on its tokens, the state after the last merge.
merged = {view: Stepper(f"tok_{view}_at", N_("Merge"), 10**6, unit=N_("merge")) for view in STEPPED}
picked = {  # -1 before a click
    view: IntSlider(f"tok_{view}_pick", N_("Selected pre-token"), -1, LONGEST - 1, -1)
    for view in STEPPED
}
lookup = {
    view: Stepper(f"tok_{view}_try", N_("Lookup"), unit=N_("lookup"), first=1) for view in STEPPED
}

# Comparison
compared = Choice(
    "tok_what",
    N_("Compare"),
    {
        "chips": N_("one text"),
        "ratio": N_("languages"),
        "size": N_("vocabulary sizes"),
        "zipf": N_("token frequencies"),
    },
)
measured = {
    kind: Choice(
        f"tok_{kind}_text",
        N_("Text"),
        {name: CORPORA[name] for name in (*LANGUAGES, "gettysburg", "daodejing", OWN)},
        "gettysburg",
        kind="menu",
        when=lambda kind=kind: compared.value == kind,
    )
    for kind in ("size", "zipf")
}


def _uses_own_text() -> bool:
    kind = compared.value
    return kind == "chips" or (kind in measured and measured[kind].value == OWN)


compared_text = Text(
    "tok_side",
    N_("Your text"),
    "Tokens aren't words: 你好，世界! 👋🏽 x += 1",
    note=N_("At most 2,000 characters."),
    longest=2000,
    when=_uses_own_text,
)
mark = IntSlider("tok_mark", N_("Selected mark"), -1, 9999, -1)  # 100 × its text + its tokenizer
schemes = Choices(
    "tok_schemes",
    N_("Tokenizers"),
    SCHEMES,
    ("word", "char", "byte", "bpe", "wp", "uni", "lm"),
    when=lambda: compared.value == "chips",
)
counted_scheme = Choice(
    "tok_zipf_scheme", N_("Tokenizer"), SCHEMES, kind="menu", when=lambda: compared.value == "zipf"
)


def _uses_training() -> bool:
    return compared.value != "zipf" or counted_scheme.value in TRAINED


size = IntSlider(
    "tok_side_size",
    N_("Merges or pieces"),
    10,
    200,
    150,
    10,
    help=N_("Merges of BPE and WordPiece; multi-character pieces that Unigram keeps."),
    when=_uses_training,
)
side_corpus = Choice(
    "tok_side_corpus",
    N_("Training corpus"),
    {name: title for name, title in CORPORA.items() if name != OWN},
    "gettysburg",
    kind="menu",
    help=N_("BPE, WordPiece and Unigram are trained on it."),
    when=_uses_training,
)
