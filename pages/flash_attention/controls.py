"""The controls of the FlashAttention page."""

from __future__ import annotations

from core.flash_attention import CARDS, FORMATS
from pages.flash_attention import inputs
from ui import N_, Choice, IntSlider, Slider, Stepper, Switch, Text


def _model() -> bool:
    return source.value == "model"


def _last_layer() -> int:
    return inputs.sizes()[0] - 1


def _last_head() -> int:
    return inputs.sizes()[1] - 1


# Tiles
key_tile = IntSlider("flash_key_tile", N_("Keys per tile"), 1, inputs.MOST_TOKENS, 4)
query_tile = IntSlider("flash_query_tile", N_("Queries per tile"), 1, inputs.MOST_TOKENS, 4)
row = IntSlider("flash_row", N_("Query shown, in its tile"), 1, lambda: query_tile.value, 3)
seed = IntSlider(
    "flash_order",
    N_("Order of the key tiles"),
    0,
    99,
    0,
    words={0: N_("in order")},
    help=N_("0: from left to right. Any other number is the seed of a random order."),
)
slip = Switch(
    "flash_slip",
    N_("Mistake: (Σe)·v̄ in place of Σ(e·v)"),
    help=N_(
        "The weights of a tile are summed first and multiply the mean v̄ of the tile's values. "
        "Correct code weights every value before it sums."
    ),
)
causal = Switch("flash_causal", N_("Causal mask"), True)
source = Choice("flash_source", "q, k, v", {"model": N_("language model"), "typed": N_("typed in")})
text = Text(
    "flash_text", N_("Text"), "When Mary and John went to the store, John gave", when=_model
)
layer = IntSlider("flash_layer", N_("Layer L"), 0, 127, 10, reach=_last_layer, when=_model)
head = IntSlider("flash_head", N_("Head H"), 0, 127, 8, reach=_last_head, when=_model)
matrices = {
    name: Text(key, name, default, rows=3, when=lambda: not _model())
    for name, key, default in (
        ("q", "flash_q", "2 0\n0 2\n1 1\n3 -1"),
        ("k", "flash_k", "1 0\n0 1\n2 2\n-1 1"),
        ("v", "flash_v", "1 0\n0 1\n5 5\n-3 2"),
    )
}
visit = Stepper("flash_tile", N_("tile"), 4, unit=N_("tile"), first=1)
#: The key of the clicked cell, from 1; 0 until a cell is clicked. Never drawn.
cell = IntSlider("flash_cell", N_("Key"), 0, inputs.MOST_TOKENS, 0)

# Overflow
factor = Slider(
    "flash_factor", N_("Scores multiplied by"), 0.1, 100, 1, 0.1, scale="log", play=True
)
offset = Slider(
    "flash_offset",
    N_("Added to every score"),
    -200,
    200,
    0,
    1,
    help=N_("Softmax does not depend on a constant that is added to all scores."),
)
number_format = Choice(
    "flash_format", N_("Number format"), {name: name for name in FORMATS}, "float16"
)

# Traffic
length = IntSlider("flash_length", N_("Tokens N"), 128, 131_072, 4096, scale="log", play=True)
card = Choice(
    "flash_card",
    N_("GPU"),
    {str(n): each.name for n, each in enumerate(CARDS)},
    "2",
    kind="menu",
)
head_dim = Choice(
    "flash_dim", N_("Head size d"), {str(n): str(n) for n in (32, 64, 128, 256)}, "64"
)
against = Choice(
    "flash_against", N_("Horizontal axis"), {"length": N_("tokens N"), "tile": N_("tile size")}
)

# Measured
measured_causal = Switch("flash_mcausal", N_("Causal mask"), True)
measured_dim = Choice(
    "flash_mdim", N_("Head size d"), {str(n): str(n) for n in (32, 64, 128)}, "64"
)
