"""The controls of the map."""

from __future__ import annotations

from core.lm import ModelConfig
from ui import N_, IntSlider, Notice, Slider, Text, models

LONGEST = 24  # tokens that the map draws
LAYERS, HEADS = 30, 9  # of the default language model
STATIONS = ("text", "tokens", "vectors", "attention", "ffn", "logits", "choice", "written")


def config() -> ModelConfig | None:
    """Return the shape of the language model; None without its weights."""
    try:
        return models.language_model().config
    except Notice:  # The view says how to get the weights.
        return None


def _last_layer() -> int:
    found = config()
    return (found.num_layers if found else LAYERS) - 1


def _last_head() -> int:
    found = config()
    return (found.num_heads if found else HEADS) - 1


text = Text("home_text", N_("Your sentence"), "The capital of France is", rows=2)
# Head 4 of layer 23 attends from "is" to "France".
layer = IntSlider("home_layer", N_("Layer"), 0, 127, 23, reach=_last_layer, play=True)
head = IntSlider("home_head", N_("Attention head"), 0, 127, 4, reach=_last_head)
temperature = Slider(
    "home_T",
    N_("Temperature"),
    0,
    2,
    1,
    0.05,
    words={0: N_("greedy")},
    help=N_("Divides the logits before the softmax. 0 takes the most likely token."),
)
seed = IntSlider(
    "home_seed", N_("Seed"), 0, 9_999, 2, help=N_("The same seed gives the same token.")
)
#: What was clicked: a station, or a panel and its row and column ("attention,4,3"). Never drawn.
spot = Text("home_spot", N_("Station"), longest=40)


def clicked() -> tuple[str, tuple[int, ...]]:
    """Return the clicked station and the numbers of the clicked mark, () without one."""
    name, *numbers = spot.value.split(",")
    valid = name in STATIONS and all(n.isascii() and n.isdecimal() and len(n) < 6 for n in numbers)
    return (name, tuple(map(int, numbers))) if valid else ("", ())
