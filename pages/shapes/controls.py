"""The controls of the shapes page."""

from __future__ import annotations

from ui import N_, Choice, IntSlider, Stepper, Text

MODELS = {
    "SmolLM2-135M": "SmolLM2-135M",
    "GPT-2": "GPT-2",
    "BERT base": "BERT base",
    "Llama-3-8B": "Llama 3 8B",
    "Mixtral 8x7B": "Mixtral 8x7B",
}
POWERS = {float(n): f"{2**n:,}" for n in range(18)}

# Block
length = IntSlider("shapes_length", N_("Tokens T"), 0, 17, 3, words=POWERS)
batch = IntSlider("shapes_batch", N_("Sequences B"), 1, 64, 2)
model = Choice("shapes_model", N_("Model"), MODELS, kind="menu")
tensor = Stepper("shapes_tensor", N_("Tensor"), 2, unit=N_("tensor"), first=1, interval_ms=1200)

# Einsum
EXPRESSIONS = {
    "ik,kj->ij": N_("matrix product"),
    "i,i->": N_("dot product"),
    "i,j->ij": N_("outer product"),
    "ij->ji": N_("transpose"),
    "bik,bkj->bij": N_("batched product"),
    "ij,j->ij": N_("broadcast"),
    "ij->i": N_("sum of each row"),
    "own": N_("your own expression"),
}
first = IntSlider("shapes_first", N_("Size of the first index"), 1, 4, 2)
second = IntSlider("shapes_second", N_("Size of the second index"), 1, 4, 3)
third = IntSlider("shapes_third", N_("Size of the third index"), 1, 4, 2)
chosen = Choice("shapes_chosen", N_("Expression"), EXPRESSIONS, kind="menu")
expression = Text(
    "shapes_expression",
    N_("Your own expression"),
    "ij,jk,kl->il",
    note=N_("At most 3 tensors of 3 axes and 6 indices"),
    longest=60,
    when=lambda: chosen.value == "own",
)
seed = IntSlider("shapes_seed", N_("Seed of the numbers"), 0, 99, 0)
step = Stepper("shapes_step", N_("Iteration"), unit=N_("iteration"), first=1, interval_ms=500)

# Growth
grown = IntSlider("shapes_grown", N_("Tokens T"), 4, 17, 10, words=POWERS, play=True)
grown_model = Choice("shapes_gmodel", N_("Model"), MODELS, kind="menu")
