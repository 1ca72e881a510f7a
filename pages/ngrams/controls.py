"""The controls of the n-gram page."""

from __future__ import annotations

from ui import N_, Choice, Choices, IntSlider, Slider, Text

LONGEST_N = 8
ROWS = 10  # tokens in the figure of the smoothed prediction
SMOOTHING_NAMES = {
    "mle": N_("none"),
    "laplace": "Laplace",
    "lidstone": "Lidstone",
    "kneser_ney": "Kneser–Ney",
}
#: Traditional English nursery rhyme, 18th century; in the public domain.
RHYME = """This is the house that Jack built.
This is the malt that lay in the house that Jack built.
This is the rat that ate the malt that lay in the house that Jack built.
This is the cat that killed the rat that ate the malt that lay in the house that Jack built.
This is the dog that worried the cat that killed the rat that ate the malt that lay in the house \
that Jack built."""

# The text, in every view
source = Choice(
    "ng_source",
    N_("Text"),
    {"bible": N_("King James Bible"), "names": N_("Given names"), "own": N_("Your text")},
)
own = Text(
    "ng_own",
    N_("Your text, one sentence or name per line"),
    RHYME,
    rows=4,
    help=N_("Every tenth line is held out: not counted, but predicted. Of fewer, the last one is."),
    when=lambda: source.value == "own",
)
unit = Choice(
    "ng_unit",
    N_("Tokens"),
    {"words": N_("words"), "characters": N_("characters")},
    when=lambda: source.value != "names",
)
least = IntSlider(
    "ng_least",
    N_("Fewest occurrences of a known token"),
    1,
    5,
    2,
    help=N_("All rarer tokens count as <unk>, in the training text as in the held-out text."),
)

# The model
n = IntSlider(
    "ng_n",
    "n",
    1,
    LONGEST_N,
    3,
    help=N_("The model predicts a token from the n − 1 tokens before it."),
    play=True,
)
smoothing = Choice("ng_smoothing", N_("Smoothing"), SMOOTHING_NAMES, "lidstone")
alpha = Slider(
    "ng_alpha",
    "log₁₀ α",
    -4,
    1,
    -2,
    0.05,
    help=N_("Lidstone adds α to every count: 0.01 at log₁₀ α = −2. Laplace is α = 1."),
    when=lambda: smoothing.value == "lidstone",
)
discount = Slider(
    "ng_discount",
    "d",
    0,
    1,
    0.75,
    0.01,
    help=N_("Kneser–Ney subtracts d from every count and gives it to the next shorter context."),
    when=lambda: smoothing.value == "kneser_ney",
)

# Next token
context = Text("ng_context", N_("Context"), "And the LORD said unto", rows=1, longest=2000)
backoff_discount = Slider("ng_b_discount", N_("Discount d"), 0, 1, 0.75, 0.01, help=discount.help)
row = IntSlider("ng_row", N_("Selected token"), 0, ROWS - 1, 0)  # set by a click on a bar

# Generated text
seed = IntSlider("ng_seed", N_("Seed"), 0, 99, 1)
run_length = IntSlider(
    "ng_run",
    N_("Shortest copied run"),
    2,
    20,
    6,
    help=N_("From this many tokens on, a run that occurs in the training text counts as copied."),
)
shown = Choices(
    "ng_shown",
    "n",
    {str(i): str(i) for i in range(1, LONGEST_N + 1)},
    ("1", "2", "3", "4", "6"),
)
drawn_from = Choice(
    "ng_g_smoothing",
    N_("Smoothing"),
    {name: SMOOTHING_NAMES[name] for name in ("mle", "lidstone", "kneser_ney")},
)
start = Text("ng_start", N_("Beginning"), "", placeholder=N_("start of a sentence"), longest=500)

# Repeated data
copies = IntSlider("ng_copies", N_("Occurrences k"), 1, 1000, 10, scale="log")
part = Choice(
    "ng_part",
    N_("Repeated"),
    {"text": N_("the whole text"), "sentence": N_("one sentence")},
)
sentence = IntSlider(
    "ng_sentence", N_("Sentence"), 1, 9999, 1, when=lambda: part.value == "sentence"
)

THE_TEXT = (source, own, unit)
