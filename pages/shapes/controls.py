"""The controls of the shapes page."""

from __future__ import annotations

from ui import N_, Choice, IntSlider, Stepper, Text, _

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
def expressions() -> dict[str, str]:
    """Return the label of each expression."""
    names = {
        "i,i->": _("dot product"),
        "ik,kj->ij": _("matrix product"),
        "i,j->ij": _("outer product"),
        "ij->ji": _("transpose"),
        "bik,bkj->bij": _("batched product"),
        "ij,j->ij": _("broadcast"),
        "ij->i": _("sum of each row"),
    }
    labels = {key: f"{name}: {key.replace('->', ' → ')}" for key, name in names.items()}
    return labels | {"own": _("your own")}


first = IntSlider("shapes_first", N_("Size of the first index"), 1, 4, 2)
second = IntSlider("shapes_second", N_("Size of the second index"), 1, 4, 3)
third = IntSlider("shapes_third", N_("Size of the third index"), 1, 4, 2)
chosen = Choice("shapes_chosen", N_("Expression"), expressions, "ik,kj->ij")
expression = Text(
    "shapes_expression",
    N_("Your own expression"),
    "ij,jk,kl->il",
    note=N_("At most 3 tensors of 3 axes and 6 indices"),
    longest=60,
    on_change=lambda: chosen.set("own"),
)
seed = IntSlider("shapes_seed", N_("Seed of the numbers"), 0, 99, 0)
step = Stepper("shapes_step", N_("Iteration"), first=1, interval_ms=500)

# Growth
grown = IntSlider("shapes_grown", N_("Tokens T"), 4, 17, 10, words=POWERS, play=True)
grown_model = Choice("shapes_gmodel", N_("Model"), MODELS, kind="menu")
