"""The controls of the language-model page."""

from __future__ import annotations

from pages.language_model import texts
from ui import N_, Choice, Stepper, Text

#: Values of `first_token`: the model's separator precedes the text, or its first token is given.
SEPARATOR, GIVEN = "separator", "given"

text = Text("lm_text", N_("Text"), texts.FACT, rows=3)
first_token = Choice(
    "lm_first",
    N_("First token"),
    {SEPARATOR: N_("predicted"), GIVEN: N_("given")},
    help=N_(
        "Predicted: the separator between training documents precedes the text. Given: the first "
        "token is not scored."
    ),
)
position = Stepper("lm_at", N_("Position in the text"), 5, unit=N_("token"), first=1)

# Two texts
text_a = Text("lm_a", N_("First text"), texts.FACT, rows=2)
text_b = Text("lm_b", N_("Second text"), texts.LONDON, rows=2)
