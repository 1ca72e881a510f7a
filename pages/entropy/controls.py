"""The controls of the entropy page."""

from __future__ import annotations

from core import information
from ui import N_, Bars, Choice, IntSlider, Series, Slider, Stepper, Text

DRAG = N_("Drag a bar of p or q; the others share the rest")
OUTCOMES = "ABCDEFGHIJKL"
FIT_STEPS = 120
CLASSES = {"cat": N_("cat"), "dog": N_("dog"), "bird": N_("bird"), "fish": N_("fish")}

# p and q
source = Choice(
    "ent_src",
    N_("p and q from"),
    {"drag": N_("bars"), "letters": N_("two texts"), "model": N_("the model")},
    help=N_(
        "Drag bars, count the letters of two texts (ignoring case, spaces and punctuation), or "
        "take the model's next token."
    ),
)
base = Choice("ent_base", N_("Unit"), {"2": N_("bits"), "e": N_("nats")})
count = IntSlider("ent_n", N_("Outcomes"), 2, 12, 4, when=lambda: source.value == "drag")
text_p = Text(
    "ent_tp",
    N_("Text of p"),
    "It was the best of times, it was the worst of times",
    when=lambda: source.value == "letters",
)
text_q = Text(
    "ent_tq",
    N_("Text of q"),
    "Era el mejor de los tiempos, era el peor de los tiempos",
    when=lambda: source.value == "letters",
)
prompt_p = Text(
    "ent_mp", N_("Prompt of p"), "The capital of France is", when=lambda: source.value == "model"
)
prompt_q = Text(
    "ent_mq", N_("Prompt of q"), "The capital of Germany is", when=lambda: source.value == "model"
)
terms = Choice(
    "ent_terms",
    N_("Terms shown"),
    {"kl": "p·log(p/q)", "reverse": "q·log(q/p)", "surprise": N_("surprisal −log p")},
    help=N_("What each outcome contributes to D(p‖q), to D(q‖p) or to the entropy of p."),
)
bars = {
    n: Bars(
        f"ent_bars{n}",
        DRAG,
        OUTCOMES[:n],
        [
            Series("p", "@p", information.skewed(n, 0.5).tolist()),
            Series("q", "@q", information.uniform(n).tolist()),
        ],
        place="ent_bars",
        height=400,
    )
    for n in range(2, 13)
}

DRAWN = 11  # most outcomes with a bar of their own, where the rest share one
#: Set by a click on a bar; dragged outcomes all have one.
outcome = IntSlider("ent_outcome", N_("Selected outcome"), 0, 11, 0)

# A coin
heads = Slider("ent_coin", N_("Probability of heads"), 0, 1, 0.5, 0.01, play=True)

# Three outcomes
triangle = Bars(
    "ent_tri",
    DRAG,
    "ABC",
    [Series("p", "@p", [0.6, 0.3, 0.1]), Series("q", "@q", [0.2, 0.3, 0.5])],
    height=280,
)
scale = Slider("ent_zmax", N_("Color scale up to (bits)"), 0.5, 6, 3, 0.5)

# Fit a Gaussian
gap = Slider("ent_gap", N_("Distance between the modes"), 0, 8, 5, 0.5)
weight = Slider("ent_w", N_("Weight of the left mode"), 0.05, 0.95, 0.5, 0.05)
mean = Slider("ent_mean", N_("Initial mean of q"), -6, 6, 1, 0.5)
width = Slider("ent_std", N_("Initial standard deviation of q"), 0.2, 4, 1, 0.2)
step = Stepper("ent_step", N_("Step of the gradient descent"), 40, interval_ms=70)

# A classifier's loss
logits = {
    name: Slider(f"ent_z_{name}", label, -8, 8, start, 0.1)
    for (name, label), start in zip(
        {
            "cat": N_("Logit of cat"),
            "dog": N_("Logit of dog"),
            "bird": N_("Logit of bird"),
            "fish": N_("Logit of fish"),
        }.items(),
        (2.0, 1.0, 0.0, -1.0),
        strict=True,
    )
}
truth = Choice("ent_truth", N_("Correct class"), CLASSES)
smoothing = Slider(
    "ent_eps",
    N_("Label smoothing ε"),
    0,
    1,
    0,
    0.01,
    help=N_("The correct class keeps 1 − ε; all classes share ε equally."),
)
#: Set by a click on a class.
chosen_class = IntSlider("ent_class", N_("Selected class"), 0, 3, 0)
