"""The controls of the activations page."""

from __future__ import annotations

from core.activations import ACTIVATIONS, GLU_VARIANTS
from ui import N_, Choice, Choices, IntSlider, Slider, Stepper, Switch, Text, models

LABELS = {name: entry.label for name, entry in ACTIVATIONS.items()}
ENDS = 5.0  # curves are drawn from -ENDS to ENDS
GRID_ENDS = 4.0  # gated units are drawn from -GRID_ENDS to GRID_ENDS
UPDATES = 120  # of each training: few enough to train again while a slider moves
THRESHOLDS = (0.01, 0.03, 0.1, 0.3)

# Curves
shown = Choice(
    "act_curves",
    N_("Show"),
    {"any": N_("any activations"), "gelu": N_("GELU's two forms"), "swish": N_("Swish-β")},
)
beta = Slider(
    "act_beta",
    "β",
    0,
    50,
    1,
    0.01,
    scale="log",
    help=N_("x·σ(βx) is x/2 at β = 0 and SiLU at β = 1. It approaches ReLU as β grows."),
    when=lambda: shown.value == "swish",
)
cursor = Slider("act_x", N_("Cursor x"), -ENDS, ENDS, -1.28, 0.01)
chosen = Choices(
    "act_set",
    N_("Activations"),
    LABELS,
    ("relu", "gelu", "silu"),
    when=lambda: shown.value == "any",
)
slopes = Switch("act_slopes", N_("Derivatives"), True, when=lambda: shown.value != "gelu")

# Gated units
gate = Slider("act_gate", N_("Gate g"), -GRID_ENDS, GRID_ENDS, 1.5, 0.1)
value = Slider("act_value", N_("Value v"), -GRID_ENDS, GRID_ENDS, 2, 0.2)
gate_activation = Choice(
    "act_gate_fn",
    N_("Activation of the gate"),
    {name: LABELS[name] for name in GLU_VARIANTS.values()},
    "silu",
)
form = Choice("act_form", N_("Plot type"), {"plane": N_("heatmap"), "surface": N_("surface")})

# Through depth
depth = IntSlider("act_depth", N_("Layers"), 1, 60, 24)
residual = Switch("act_res", N_("Residual connections"))
norm = Choice(
    "act_norm", N_("LayerNorm"), {"none": N_("none"), "pre": N_("pre"), "post": N_("post")}
)
gain = Slider(
    "act_gain",
    N_("Weight scale"),
    0.2,
    4,
    1,
    0.1,
    help=N_("Multiplies the initial weights. Large weights saturate sigmoid and tanh."),
)
at_layer = IntSlider(
    "act_d_layer",
    N_("Layer l"),
    1,
    lambda: depth.value,
    12,
    help=N_("Layer 1 is next to the input."),
    play=True,
)
compared = Choices("act_d_set", N_("Activations"), LABELS, ("sigmoid", "tanh", "relu"))
lower_panel = Choice(
    "act_below",
    N_("Lower panel"),
    {
        "saturated": N_("saturated units"),
        "dead": N_("dead units"),
        "spread": N_("std. dev. of h"),
    },
)
init = Choice("act_init", N_("Initial weights"), {"he": "He, 2/n", "xavier": "Xavier, 1/n"})
depth_seed = IntSlider("act_dseed", N_("Seed"), 0, 99, 0)

# Dying ReLUs
rate = Slider("act_rate", N_("Learning rate"), 0.005, 1, 0.2, 0.005, scale="log")
clip = Slider(
    "act_clip",
    N_("Clipping threshold"),
    0.1,
    100,
    1,
    0.1,
    scale="log",
    help=N_("In the second network, a gradient with a larger norm is scaled down to this norm."),
)
trained = Choice(
    "act_t_fn",
    N_("Activation"),
    {name: LABELS[name] for name in ("relu", "leaky_relu", "gelu", "silu")},
)
training_seed = IntSlider("act_tseed", N_("Seed"), 0, 99, 0)
offset = Slider(
    "act_offset",
    N_("Target offset"),
    0,
    10,
    3,
    0.5,
    help=N_("Targets that are not centered make the first updates large."),
)
width = IntSlider("act_width", N_("Units per layer"), 2, 48, 32)
unit = IntSlider("act_unit", N_("Hidden unit"), 1, lambda: width.value, 1)
update = Stepper("act_at", N_("Update"), UPDATES, unit=N_("update"), interval_ms=40)

# The FFN
dim = IntSlider("act_dim", N_("Model width D"), 64, 8192, 4096, 64)
inner = IntSlider("act_inner", N_("Inner width F without a gate"), 64, 32768, 16384, 64)
multiple = Choice(
    "act_multiple",
    N_("Round the gated width up to a multiple of"),
    {str(n): str(n) for n in (1, 64, 128, 256)},
    "256",
)

# A model's gates


def last_layer() -> int:
    """Return the index of the language model's last layer."""
    return models.layers_and_heads()[0] - 1


layer = IntSlider("act_layer", N_("Layer"), 0, last_layer, 0)
threshold = Choice(
    "act_closed",
    N_("A gate counts as closed if |SiLU(g)| is below"),
    {f"{t:g}": f"{t:g}" for t in THRESHOLDS},
    "0.1",
)
text = Text(
    "act_text",
    N_("Text"),
    "The gate decides what passes.\n门决定什么能通过。\ndef gate(x): return x * sigmoid(x)",
    rows=3,
)
