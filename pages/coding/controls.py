"""The controls of the page on coding and channels."""

from __future__ import annotations

from ui import N_, Bars, Choice, IntSlider, Series, Slider, Stepper, Switch, Text

LAST = 10**6  # a stepper that begins at its last step

# Huffman
source = Choice(
    "coding_src",
    N_("Symbols from"),
    {"text": N_("a text"), "bars": N_("bars"), "model": N_("the model")},
    help=N_(
        "Count the characters of a text, drag the bars of a distribution, or take the language "
        "model's next token after a prompt."
    ),
)
text = Text(
    "coding_text",
    N_("Text"),
    "it was the best of times, it was the worst of times",
    rows=3,
    note=N_("A space is a symbol, too."),
    when=lambda: source.value == "text",
)
bars = Bars(
    "coding_bars",
    N_("Drag a bar; the others share the rest"),
    "ABCDEF",
    [Series("p", "@p", (0.35, 0.25, 0.15, 0.1, 0.1, 0.05))],
    height=220,
    when=lambda: source.value == "bars",
)
prompt = Text(
    "coding_prompt",
    N_("Prompt"),
    "The capital of France is",
    rows=2,
    when=lambda: source.value == "model",
)
merge = Stepper("coding_merge", N_("Merge"), LAST, unit=N_("merge"))
#: Set by a click on a symbol: its row in the figure.
row = IntSlider("coding_row", N_("Selected row"), 0, 15, 0)

# Blocks
LONGEST_BLOCKS = {
    2: 12,
    3: 8,
    4: 6,
}  # symbols per block, by number of symbols: at most 6,561 blocks
block = IntSlider(
    "coding_n",
    N_("Symbols per block n"),
    1,
    lambda: LONGEST_BLOCKS[int(symbols.value)],
    4,
    play=True,
)
symbols = Choice(
    "coding_symbols", N_("Number of symbols"), {str(n): str(n) for n in LONGEST_BLOCKS}, "3"
)
block_bars = {
    n: Bars(
        f"coding_block{n}",
        N_("Drag a bar; the others share the rest"),
        "ABCD"[:n],
        [Series("p", "@p", values)],
        height=240,
        place="coding_block",
        when=lambda n=n: symbols.value == str(n),
    )
    for n, values in ((2, (0.9, 0.1)), (3, (0.8, 0.1, 0.1)), (4, (0.7, 0.1, 0.1, 0.1)))
}

# Capacity
NAMED = {
    "bsc": N_("symmetric"),
    "bec": N_("erasure"),
    "z": "Z",
}
noise = Slider(
    "coding_noise",
    N_("Noise f"),
    0,
    1,
    0.1,
    0.01,
    help=N_("Probability that a bit is inverted or, in the erasure channel, erased."),
    play=True,
    when=lambda: channel.value in NAMED,
)
channel = Choice(
    "coding_channel",
    N_("Channel"),
    {**NAMED, "typed": N_("a matrix")},
    help=N_(
        "Symmetric: 0 and 1 are inverted alike. Erasure: a bit is lost, and the receiver sees it. "
        "Z: only a 1 can be inverted."
    ),
)
matrix = Text(
    "coding_matrix",
    N_("Channel matrix"),
    "0.6 0.3 0.1\n0.7 0.1 0.2\n0.5 0.05 0.45",
    rows=4,
    note=N_("One line per input: the probabilities of the outputs, which sum to 1."),
    longest=1_000,
    when=lambda: channel.value == "typed",
)
iteration = Stepper(
    "coding_iteration", N_("Iteration"), LAST, unit=N_("iteration"), first=1, interval_ms=60
)

# Codes
CODE_NAMES = {
    "none": N_("no code"),
    "repetition-3": N_("repetition-3"),
    "repetition-5": N_("repetition-5"),
    "repetition-7": N_("repetition-7"),
    "hamming-7-4": "Hamming(7,4)",
}
flip = Slider(
    "coding_flip",
    N_("Flip probability f"),
    0,
    0.5,
    0.1,
    0.005,
    help=N_("The binary symmetric channel inverts each bit with this probability."),
    play=True,
)
tries = Choice(
    "coding_tries",
    N_("Message bits"),
    {"1000": "1,000", "10000": "10,000", "100000": "100,000"},
    "10000",
)
plane_seed = IntSlider("coding_seed", N_("Seed"), 0, 99, 0)
#: Set by a click on a code's mark.
code = Choice("coding_code", N_("Selected code"), CODE_NAMES, "hamming-7-4", kind="menu")

# A message
message_flip = Slider(
    "coding_mflip", N_("Flip probability f"), 0, 0.5, 0.05, 0.005, help=flip.help, play=True
)
message_code = Choice(
    "coding_mcode",
    N_("Error-correcting code"),
    {name: words for name, words in CODE_NAMES.items() if name != "none"},
    "hamming-7-4",
    kind="menu",
)
sentence = Text(
    "coding_sentence",
    N_("Sentence"),
    "The fundamental problem of communication is that of reproducing a message.",
    rows=2,
    longest=160,
)
marked = Switch("coding_marked", N_("Mark the errors"), True)
message_seed = IntSlider("coding_mseed", N_("Seed"), 0, 99, 0)
