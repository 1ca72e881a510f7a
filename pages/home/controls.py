"""The controls of the map."""

from __future__ import annotations

from ui import N_, IntSlider, Slider, Text, models

LONGEST = 24  # tokens that the map draws
STATIONS = ("text", "tokens", "vectors", "attention", "ffn", "logits", "choice", "written")


def _last_layer() -> int:
    return models.layers_and_heads()[0] - 1


def _last_head() -> int:
    return models.layers_and_heads()[1] - 1


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
