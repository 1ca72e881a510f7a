"""The controls of the page "Architectures and the KV cache"; keys begin with "arch_"."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import torch

from core.architectures.twins import load_record
from core.errors import InputError
from core.objectives import SentencePair, sentence_pairs, split_documents
from ui import N_, Choice, IntSlider, Slider, Text

MOST_WORDS = 12  # of the sentence under the four masks
MOST_GAPS = 8  # gaps that the two networks fill
MOST_PAIRS = 40  # pairs of sentences that are drawn

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

# Masked language modeling
rate = Slider(
    "arch_rate",
    N_("Rate"),
    0,
    1,
    0.15,
    0.01,
    help=N_("Share of the tokens that are chosen. BERT uses 15 %."),
)
mask_seed = IntSlider("arch_mseed", N_("Seed"), 0, 99, 0, play=True)
mask_text = Text(
    "arch_mtext",
    N_("Text"),
    "And God said, Let the waters under the heaven be gathered together unto one place, and let "
    "the dry land appear: and it was so.",
    rows=3,
)

# Filling gaps
gap_text = Text(
    "arch_gtext",
    N_("Text with gaps"),
    "And the _ went down into egypt, he and all his house. And the _ of the lord came unto "
    "moses, _.",
    rows=3,
    note=N_("“_” is a gap. Click a word to hide it; click a gap to choose it."),
)
hidden = Text("arch_hidden", N_("Hidden words"), longest=60)


def hidden_places() -> tuple[int, ...]:
    """Return the positions of the tokens that the visitor hid, in order."""
    places = {int(part) for part in hidden.value.split(",") if part.isdecimal()}
    return tuple(sorted(places))


gap = IntSlider(
    "arch_gap",
    N_("Gap"),
    1,
    MOST_GAPS,
    1,
    reach=lambda: gap_text.value.count("_") + len(hidden_places()),
    play=True,
)

# Fifteen percent
step = IntSlider(
    "arch_step", N_("Update"), 0, 20_000, 20_000, 100, reach=lambda: last_step(), play=True
)
by = Choice("arch_by", N_("Compare at the same"), {"steps": N_("updates"), "tokens": N_("tokens")})


@cache
def record() -> dict[str, Any]:
    """Return the record of the training of the two networks."""
    return load_record()


def last_step() -> int:
    """Return the number of updates of the training; 0 if there is no record."""
    try:
        return record()["settings"]["steps"]
    except InputError:  # The view itself says so.
        return 0


# Next sentence
pair_text = Text(
    "arch_ptext",
    N_("Text: blank lines separate documents"),
    "The cat sat on the mat. The mat was warm. A mouse came out of its hole. The cat saw the "
    "mouse. The mouse ran back into the hole.\n\n"
    "The river rises in the hills. It runs through three towns. In spring the river floods the "
    "fields. The fields need the water. In summer it is almost dry.\n\n"
    "The train left late. Every seat was taken. A child asked for the time of arrival. Nobody "
    "could say when the train would arrive.",
    rows=8,
)
pair_seed = IntSlider("arch_pseed", N_("Seed"), 0, 99, 0)


@lru_cache(64)
def pairs_of(text: str, seed: int) -> tuple[SentencePair, ...]:
    """Return at most `MOST_PAIRS` pairs of the sentences of a text."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(sentence_pairs(split_documents(text[:20_000]), generator)[:MOST_PAIRS])


def pair_count() -> int:
    """Return the number of pairs of the text; 1 if it has none."""
    try:
        return len(pairs_of(pair_text.value, pair_seed.value))
    except InputError:  # The view itself says so.
        return 1


pair = IntSlider("arch_pair", N_("Pair"), 1, MOST_PAIRS, 1, reach=pair_count, play=True)
