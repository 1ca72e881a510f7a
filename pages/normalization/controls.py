"""The controls of the normalization page."""

from __future__ import annotations

from ui import N_, Choice, IntSlider, Switch

SENTENCES, LONGEST, FEATURES = 4, 6, 4
LENGTHS = (4, 6, 3, 5)  # of the sentences; the first one has a slider

# Axes
length = IntSlider("norm_length", N_("Length of sentence 1"), 1, LONGEST, LENGTHS[0], play=True)
kind = Choice(
    "norm_kind",
    N_("Normalization"),
    {"batch": "BatchNorm", "layer": "LayerNorm", "rms": "RMSNorm"},
)
masked = Switch(
    "norm_masked",
    N_("Mask the padding in BatchNorm"),
    help=N_("Off: the zeros of the padding count as values, as in a plain BatchNorm layer."),
)
sentence = IntSlider("norm_sentence", N_("Sentence"), 1, SENTENCES, 2)
token = IntSlider("norm_token", N_("Token"), 1, LONGEST, 3)
feature = IntSlider("norm_feature", N_("Feature"), 1, FEATURES, 2)
batch_seed = IntSlider("norm_bseed", N_("Seed"), 0, 99, 0)
