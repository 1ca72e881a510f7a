"""The controls of the optimizers page."""

from __future__ import annotations

from core.optimizers import CLIFF, SURFACES
from ui import N_, Choice, Choices, IntSlider, Slider, Stepper, Text

# Paths
STEPS = 80  # updates of every path
WINDOW = (-3.0, 3.0, -3.0, 3.0)  # of a visitor's formula
OWN_START = (-2.0, 1.5)
NAMES = {
    "sgd": "SGD",
    "momentum": N_("momentum"),
    "nesterov": "Nesterov",
    "adagrad": "Adagrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "adamw": "AdamW",
}
PLAIN = ("sgd", "momentum", "nesterov")  # with the first learning rate
#: Learning rates that show something on each surface: of the plain and of the adaptive methods.
RATES = {
    "bowl": (0.1, 0.1),
    "ravine": (0.09, 0.1),
    "saddle": (0.1, 0.1),
    "rosenbrock": (0.001, 0.1),
    "beale": (0.01, 0.1),
    "himmelblau": (0.01, 0.2),
    "own": (0.05, 0.1),
}


def window() -> tuple[float, float, float, float]:
    """Return the window of the chosen surface."""
    return SURFACES[surface.value].window if surface.value in SURFACES else WINDOW


def _start(i: int) -> float:
    known = SURFACES[surface.value].start if surface.value in SURFACES else OWN_START
    return float(known[i])


def _reset() -> None:
    """Start at another surface's own point, with its own learning rates."""
    for control in (start_x, start_y, rate, adaptive_rate):
        control.reset()


surface = Choice(
    "optimizers_surface",
    N_("Surface"),
    {
        "ravine": N_("ravine"),
        "bowl": N_("bowl"),
        "saddle": N_("saddle"),
        "rosenbrock": "Rosenbrock",
        "beale": "Beale",
        "himmelblau": "Himmelblau",
        "own": N_("your formula"),
    },
    kind="menu",
    on_change=_reset,
)
formula = Text(
    "optimizers_formula",
    N_("Formula in x and y"),
    "x^2/4 + 2*y^2 + sin(3*x)",
    note=N_("+ − * / ^, sin, cos, tan, tanh, exp, log, sqrt, abs, pi, e"),
    longest=300,
    when=lambda: surface.value == "own",
)
rate = Slider(
    "optimizers_rate",
    N_("Learning rate"),
    0.0001,
    1,
    lambda: RATES[surface.value][0],
    0.0001,
    scale="log",
    help=N_("Of SGD, momentum and Nesterov. Their step grows with the gradient."),
)
adaptive_rate = Slider(
    "optimizers_arate",
    N_("Adaptive learning rate"),
    0.001,
    2,
    lambda: RATES[surface.value][1],
    0.001,
    scale="log",
    help=N_("Of Adagrad, RMSProp, Adam and AdamW. They divide the gradient by its own size."),
)
methods = Choices("optimizers_methods", N_("Methods"), NAMES, ("sgd", "momentum", "adam"))
shown = Choice("optimizers_shown", N_("Show the numbers of"), NAMES, "adam", kind="menu")
start_x = Slider(
    "optimizers_x", N_("Start, x"), lambda: window()[0], lambda: window()[1], lambda: _start(0)
)
start_y = Slider(
    "optimizers_y", N_("Start, y"), lambda: window()[2], lambda: window()[3], lambda: _start(1)
)
momentum = Slider("optimizers_mu", N_("Momentum μ"), 0, 0.99, 0.9)
beta2 = Slider("optimizers_beta2", N_("β₂ of Adam and AdamW"), 0, 0.999, 0.999, 0.001)
step = Stepper("optimizers_step", N_("Updates"), 20, unit=N_("update"), interval_ms=150)

# Adam
case = Choice(
    "optimizers_case",
    N_("Experiment"),
    {
        "bias": N_("bias correction"),
        "axes": N_("badly scaled axes"),
        "scale": N_("scale of the loss"),
        "decay": N_("weight decay"),
    },
)
bias_beta2 = Slider(
    "optimizers_bbeta2", "β₂", 0, 0.999, 0.999, 0.001, when=lambda: case.value == "bias"
)
bias_beta1 = Slider("optimizers_bbeta1", "β₁", 0, 0.99, 0.9, when=lambda: case.value == "bias")
curvature = IntSlider(
    "optimizers_curvature",
    N_("Curvature of y"),
    1,
    10_000,
    1000,
    scale="log",
    when=lambda: case.value == "axes",
)
factor = Slider(
    "optimizers_factor",
    N_("Multiply the loss by c"),
    0.001,
    100,
    0.01,
    0.001,
    scale="log",
    when=lambda: case.value == "scale",
)
decay = Slider(
    "optimizers_decay",
    N_("Weight decay λ"),
    0,
    1,
    0.3,
    when=lambda: case.value == "decay",
)

# Best rates
lowest = Slider("optimizers_low", N_("Curvature λ₁"), 0.01, 1, 0.01, 0.01, scale="log")
highest = Slider("optimizers_high", N_("Curvature λ₂"), 0.01, 1, 1, 0.01, scale="log")

# Schedules
UPDATES = 200  # of every training
SCHEDULES = {
    "constant": N_("constant"),
    "linear": N_("linear"),
    "cosine": N_("half cosine"),
    "inverse_sqrt": N_("inverse square root"),
    "wsd": N_("warm-up, stable, decay"),
}
schedule = Choice("optimizers_schedule", N_("Schedule"), SCHEDULES, "cosine", kind="menu")
peak = Slider(
    "optimizers_peak", N_("Highest learning rate"), 0.0005, 0.1, 0.02, 0.0005, scale="log"
)
warmup = IntSlider("optimizers_warmup", N_("Updates of warm-up"), 0, 100, 20)
rate_at = IntSlider("optimizers_at", N_("Update with arithmetic"), 0, UPDATES, 100)
schedule_seed = IntSlider("optimizers_sseed", N_("Seed"), 0, 99, 0)

# Clipping
CLIFF_UPDATES = 80
cliff_rate = Slider("optimizers_crate", N_("Learning rate"), 0.05, 5, 1, 0.05, scale="log")
threshold = Slider(
    "optimizers_threshold",
    N_("Largest gradient norm"),
    0.01,
    100,
    0.2,
    0.01,
    scale="log",
    help=N_("A longer gradient is scaled down to this norm. Only one of the two paths is clipped."),
)
cliff_w = Slider("optimizers_cw", N_("Start, w"), CLIFF.window[0], CLIFF.window[1], CLIFF.start[0])
cliff_b = Slider("optimizers_cb", N_("Start, b"), CLIFF.window[2], CLIFF.window[3], CLIFF.start[1])
cliff_step = Stepper(
    "optimizers_cstep", N_("Updates"), CLIFF_UPDATES, unit=N_("update"), interval_ms=150
)

# Muon
ITERATIONS = 8
entries = tuple(
    Slider(f"optimizers_g{place}", name, -3, 3, value, 0.05)
    for place, name, value in (
        ("11", "G₁₁", 2.0),
        ("12", "G₁₂", 1.5),
        ("21", "G₂₁", 1.0),
        ("22", "G₂₂", 1.0),
    )
)
g11, g12, g21, g22 = entries
muon_step = Stepper("optimizers_mstep", N_("Iterations"), 5, unit=N_("iteration"))
