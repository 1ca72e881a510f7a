"""The controls of the page on coding and channels."""

from __future__ import annotations

from ui import N_, Bars, Choice, IntSlider, Series, Stepper, Text

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
row = IntSlider("coding_row", N_("Selected row"), 0, 21, 0)
