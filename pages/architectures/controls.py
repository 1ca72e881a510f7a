"""The controls of the page "Architectures and the KV cache"; keys begin with "arch_"."""

from __future__ import annotations

from ui import N_, Choice, IntSlider, Slider, Text

MOST_WORDS = 12  # of the sentence under the four masks
MOST_GAPS = 8  # gaps that the two networks fill

# Four masks
sentence = Text(
    "arch_sentence",
    N_("Sentence"),
    "The cat that sat on the mat was asleep",
    note=N_("Up to 12 words."),
)


def words() -> list[str]:
    """Return the words of the sentence that are drawn."""
    return [word[:24] for word in sentence.value[:2000].split()[:MOST_WORDS]]


token = IntSlider(
    "arch_token",
    N_("Word that is new or has changed"),
    1,
    MOST_WORDS,
    9,
    reach=lambda: len(words()),
    play=True,
)
prefix = IntSlider(
    "arch_prefix",
    N_("Words of the prefix, or of the source"),
    1,
    MOST_WORDS - 1,
    4,
    reach=lambda: len(words()) - 1,
    help=N_(
        "A prefix decoder attends in both directions within the prefix. An encoder–decoder reads "
        "the source with its encoder and writes the rest with its decoder."
    ),
)
cell = Text("arch_cell", N_("Cell"), longest=40)
