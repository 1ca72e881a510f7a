"""The controls of the page on scaling."""

from __future__ import annotations

from core.scaling import CONSTANTS, TRAINED
from ui import N_, Choice, IntSlider, Slider, Switch

# Emergence
MODELS = 13  # the imagined family: two sizes per factor of 10
SMALLEST, LARGEST = 6, 12  # powers of 10 of their parameters
MOST_ANSWERS, LONGEST = 1000, 50
length = IntSlider(
    "scal_length",
    N_("Answer length L"),
    1,
    LONGEST,
    10,
    help=N_("An answer is an exact match if all L tokens are correct."),
    play=True,
)
metric = Choice(
    "scal_metric",
    N_("Metric"),
    {
        "exact": N_("exact match"),
        "token": N_("per-token"),
        "edit": N_("edit distance"),
        "nats": N_("log-probability"),
    },
    kind="menu",
)
answers = IntSlider(
    "scal_answers",
    N_("Answers per model"),
    10,
    MOST_ANSWERS,
    100,
    help=N_("The smallest success rate above 0 that can be measured is 1 divided by this number."),
)
logarithmic = Switch("scal_log", N_("Logarithmic vertical axis"))
model = IntSlider("scal_model", N_("Model"), 1, MODELS, 7)
seed = IntSlider("scal_seed", N_("Seed"), 0, 99, 0)

# Chinchilla
FEWEST_FLOPS, MOST_FLOPS = 18, 27  # powers of 10
budget = Slider(
    "scal_budget",
    N_("Compute C, log₁₀ of FLOPs"),
    FEWEST_FLOPS,
    MOST_FLOPS,
    23.7604,
    0.01,
    help=N_("23.76 is 5.76·10²³ FLOPs, the budget of Gopher and Chinchilla."),
)
constants = Choice(
    "scal_constants",
    N_("Constants of the loss"),
    {
        "hoffmann": N_("Hoffmann et al., printed"),
        "hoffmann_unrounded": N_("Hoffmann et al., unrounded"),
        "besiroglu": "Besiroglu et al.",
    },
    "besiroglu",
    kind="menu",
)
trained = Choice(
    "scal_trained",
    N_("Trained model"),
    {run.name: run.name for run in TRAINED},
    "Chinchilla",
    kind="menu",
)
assert set(constants.names) == set(CONSTANTS)

# Repeated data
MOST_EPOCHS = 100
epochs = Slider("scal_epochs", N_("Epochs"), 1, MOST_EPOCHS, 4, 0.1, scale="log", play=True)
unique = Slider(
    "scal_unique",
    N_("Unique tokens, log₁₀"),
    6,
    14,
    11,
    0.1,
    help=N_("11 is 10¹¹, 100 billion tokens."),
)
data_budget = Slider(
    "scal_dbudget", N_("Compute C, log₁₀ of FLOPs"), FEWEST_FLOPS, MOST_FLOPS, 23.0, 0.1
)
