"""The controls of the normalization page."""

from __future__ import annotations

from ui import N_, Choice, IntSlider, Slider, Switch, Text, models

SENTENCES, LONGEST, FEATURES = 3, 6, 3
LENGTHS = (4, 6, 3)  # of the sentences; the first one has a slider

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

# One vector
shift = Slider("norm_shift", N_("Add c to every value"), -10, 10, 0, 0.5)
scale = Slider("norm_scale", N_("Multiply every value by s"), 0.1, 10, 1, 0.1, scale="log")
vector = Text(
    "norm_vector",
    N_("Vector x"),
    "1, 2, 3, 4",
    note=N_("2 to 12 numbers, separated by commas"),
    longest=400,
)
place = IntSlider("norm_place", N_("Place in the vector"), 1, 12, 1)
reading = Choice(
    "norm_reading",
    N_("BatchNorm takes the vector for"),
    {"token": N_("one token"), "feature": N_("one feature")},
)
eps = Choice(
    "norm_eps",
    "ε",
    {"1e-12": "10⁻¹²", "1e-5": "10⁻⁵", "0.01": "0.01", "1": "1"},
    "1e-5",
    help=N_("Added to the variance, so that a constant vector does not divide by 0."),
)

# A real model


def last_norm() -> int:
    """Return the number of the language model's last norm."""
    return 2 * models.layers_and_heads()[0]


LONGEST_MODEL_TEXT = 64  # tokens; leaving out every norm takes one forward pass each


def model_tokens() -> int:
    """Return the number of tokens of the text that the model reads."""
    return len(models.encode_limited(text.value, LONGEST_MODEL_TEXT, "last")[0])


model_token = IntSlider("norm_mtoken", N_("Token"), 1, LONGEST_MODEL_TEXT, 5, reach=model_tokens)
norm = IntSlider(
    "norm_left",
    N_("Norm that is left out"),
    0,
    last_norm,
    24,
    help=N_(
        "Norm 2l comes before the attention of layer l, norm 2l + 1 before the FFN of the same "
        "layer."
    ),
)
text = Text("norm_text", N_("Text"), "The capital of France is", rows=2)

# Gradients
DEPTHS = (2, 4, 8, 16, 32, 48)
at_layer = IntSlider(
    "norm_layer", N_("Layer l"), 1, lambda: int(depth.value), lambda: int(depth.value)
)
depth = Choice("norm_depth", N_("Layers L"), {str(n): str(n) for n in DEPTHS}, "16")
stack_seed = IntSlider("norm_sseed", N_("Seed"), 0, 99, 0)

# Training
rate = Slider("norm_rate", N_("Learning rate, × 10⁻³"), 0.1, 100, 3, 0.1, scale="log")
warmup = IntSlider("norm_warmup", N_("Warm-up in updates"), 10, 400, 100, 10)
train_layers = Choice("norm_tlayers", N_("Layers"), {str(n): str(n) for n in (2, 4, 8, 12)}, "8")
compared = Choice(
    "norm_compared",
    N_("Compare post-LN with"),
    {"pre": N_("pre-LN"), "deepnorm": "DeepNorm"},
)
train_seed = IntSlider("norm_tseed", N_("Seed"), 0, 99, 0)
train_text = Text(
    "norm_ttext",
    N_("Training text"),
    "Four score and seven years ago our fathers brought forth on this continent, a new nation, "
    "conceived in Liberty, and dedicated to the proposition that all men are created equal. Now we "
    "are engaged in a great civil war, testing whether that nation, or any nation so conceived and "
    "so dedicated, can long endure. We are met on a great battle-field of that war. We have come "
    "to dedicate a portion of that field, as a final resting place for those who here gave their "
    "lives that that nation might live. It is altogether fitting and proper that we should do "
    "this.",
    rows=3,
    longest=5_000,
)
