"""The controls of the language-model page."""

from __future__ import annotations

from pages.language_model import texts
from ui import N_, Choice, IntSlider, Stepper, Text

#: Values of `first_token`: the model's separator precedes the text, or its first token is given.
SEPARATOR, GIVEN = "separator", "given"

text = Text("lm_text", N_("Text"), texts.FACT, rows=3)
first_token = Choice(
    "lm_first",
    N_("First token"),
    {SEPARATOR: N_("predicted"), GIVEN: N_("given")},
    help=N_(
        "Predicted: the first token is predicted from the separator between training documents. "
        "Given: the first token is not scored."
    ),
)
position = Stepper("lm_at", N_("Position in the text"), 5, unit=N_("token"), first=1)
SHOWN_TOKENS = 8  # most likely tokens in the figure of the prediction
#: Set by a click on a bar; the actual token and all others may have a bar of their own.
row = IntSlider("lm_row", N_("Selected bar of the prediction"), 0, SHOWN_TOKENS + 1, 0)

#: Set by a click on a bar of the sizes, from UTF-8 to the model.
size = IntSlider("lm_size", N_("Selected size"), 0, 4, 4)

# Two texts
text_a = Text("lm_a", N_("First text"), texts.FACT, rows=2)
text_b = Text("lm_b", N_("Second text"), texts.LONDON, rows=2)
#: Set by a click on a token: its position from 1; 0 is the first token that differs.
place = IntSlider("lm_place", N_("Compared token"), 0, 512, 0)
