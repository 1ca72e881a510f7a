"""The controls of the page "Architectures and the KV cache"; keys begin with "arch_"."""

from __future__ import annotations

from ui import N_, Text

# Four masks
sentence = Text("arch_sentence", N_("Sentence"), "the cat that sat on the mat was asleep")
