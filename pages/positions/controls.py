"""The controls of the positions page. Several views share the base, head size, pair and seed."""

from __future__ import annotations

from collections.abc import Callable

from charts import positions as charts
from core import positions as core
from core.lm import ModelConfig
from pages.positions import heads
from ui import N_, Choice, Choices, IntSlider, Notice, Slider, Switch, Text, _, models, open_view

BASE = 10_000
POSITIONS = 48  # of q and of k in the q·k view
PLACES = 33  # positions in the pairings view
ALIBI_HEADS = 8


def _model_is_open() -> bool:
    return open_view("positions") == "model"


def _last(count: Callable[[ModelConfig], int], otherwise: Callable[[], int]) -> Callable[[], int]:
    """Return a bound: the model's last in its own view; no other view waits for the model."""

    def last() -> int:
        try:
            return (count(models.language_model().config) if _model_is_open() else otherwise()) - 1
        except Notice:
            return otherwise() - 1

    return last


def _tokens(_config: ModelConfig) -> int:
    return max(1, len(heads.encode(text.value)[0]))


def _sides() -> dict[str, str]:
    if drawn.value != "scores":
        return {"before": _("before rotation"), "pair": _("one pair")}
    return {
        "weights": _("softmax weights"),
        "distance": _("scores by distance"),
        "row": _("scores of one token"),
        "pair": _("one pair"),
        "before": _("scores without RoPE"),
    }


# Several views
base = Slider(
    "rope_base",
    N_("Base"),
    10,
    10_000_000,
    BASE,
    step=1,
    scale="log",
    help=N_("Pair i rotates by base^(−2i/d) radians per token."),
)
size = Choice("rope_d", N_("Head size d"), {d: d for d in ("4", "8", "16", "64")}, "16")
model_size = Choice("rope_dim", N_("Head size d"), {d: d for d in ("16", "64", "128")}, "64")
pair = IntSlider(
    "rope_pair",
    N_("Pair i"),
    0,
    _last(lambda config: config.head_dim // 2, lambda: int(size.value) // 2),
    2,
    help=N_("Pair 0 rotates fastest, the last pair slowest."),
    when=lambda: not _model_is_open() or side.value == "pair",
)
seed = IntSlider("rope_seed", N_("Seed"), 0, 99, 1)

# Rotation
position = IntSlider("rope_m", N_("Position m"), 0, 8192, 12, scale="log", play=True)
beside = Choice(
    "rope_beside", N_("Second figure"), {"clocks": N_("all pairs"), "matrix": N_("matrix")}
)

# q·k
q_position = IntSlider("rope_q", N_("Position m of q"), 0, POSITIONS - 1, 20, play=True)
k_position = IntSlider("rope_k", N_("Position n of k"), 0, POSITIONS - 1, 12)
shift = IntSlider(
    "rope_both", N_("Shift both"), 0, 100_000, 0, scale="log", help=N_("Added to m and to n.")
)
kind = Choice(
    "rope_qk",
    N_("q and k"),
    {"random": N_("random"), "equal": N_("all ones"), "pair": N_("one pair")},
)
shown = Choice("rope_shown", N_("Scores"), {"plane": N_("by m and n"), "curve": N_("by distance")})

# Wavelengths
context = IntSlider("rope_len", N_("Context length"), 16, 1_048_576, 2048, scale="log")

wave_pair = IntSlider(
    "rope_wpair",
    N_("Pair i"),
    0,
    lambda: int(model_size.value) // 2 - 1,
    20,
    help=N_("Pair 0 rotates fastest, the last pair slowest."),
)

# Decay
reach = IntSlider("rope_reach", N_("Largest distance"), 16, 65_536, 256, scale="log")
mean = Slider(
    "rope_mean", N_("Mean of q and k"), 0.1, 3, 1, 0.1, help=N_("The standard deviation is 1.")
)
samples = IntSlider("rope_samples", N_("Random pairs (q, k)"), 2, 1024, 256)

# Pairings
place = IntSlider("rope_pm", N_("Position m of q"), 0, PLACES - 1, 3, play=True)
distance = IntSlider("rope_pd", N_("Distance m − n"), 0, PLACES - 3, 4)
way = Choice(
    "rope_way",
    N_("Variant"),
    lambda: {way: charts.way_name(way) for way in core.PAIRING_WAYS},
    kind="menu",
)
index = IntSlider(
    "rope_index",
    N_("Index in the vector"),
    0,
    lambda: int(pairing_size.value) - 1,
    0,
    help=N_("The figure frames this component, and the formula computes it."),
)
pairing_size = Choice("rope_ph", N_("Head size d"), {d: d for d in ("4", "8", "16")}, "8")

# Context extension
kinds = Choices(
    "rope_kinds",
    N_("Scaling methods"),
    lambda: {name: charts.scaling_name(name) for name in core.ROPE_SCALINGS},
    core.ROPE_SCALINGS,
)
factor = Slider("rope_factor", N_("Scaling factor"), 1, 32, 4, 0.5)
original = IntSlider("rope_orig", N_("Training length"), 64, 131_072, 2048, scale="log")
extended = IntSlider("rope_now", N_("Text length (dynamic NTK)"), 64, 1_048_576, 8192, scale="log")
near = IntSlider("rope_near", N_("Largest distance"), 8, 16_384, 48, scale="log")

# The model's q and k
layer = IntSlider(
    "rope_layer", N_("Layer"), 0, _last(lambda config: config.num_layers, lambda: 30), 16
)
head = IntSlider("rope_head", N_("Head"), 0, _last(lambda config: config.num_heads, lambda: 9))
drawn = Choice("rope_drawn", N_("Main figure"), {"scores": "q·k", "q": "q", "k": "k"})
side = Choice("rope_side", N_("Second figure"), _sides, kind="menu")
text = Text(
    "rope_text",
    N_("Text"),
    "The cat that the dog chased was black. The dog that the cat chased was",
    rows=2,
)
token = IntSlider(
    "rope_token",
    N_("Query token"),
    -1,
    _last(_tokens, lambda: heads.LONGEST),
    -1,
    words={-1: N_("last")},
)
key_token = IntSlider(
    "rope_key",
    N_("Key token"),
    -1,
    _last(_tokens, lambda: heads.LONGEST),
    -1,
    words={-1: N_("auto")},
    help=N_("“auto” is the key with the largest weight. A key after the query is masked."),
    when=lambda: drawn.value == "scores",
)

# Alternatives
length = IntSlider("rope_T", N_("Text length"), 2, 128, 64)
rows = IntSlider(
    "rope_rows", N_("Rows of the table"), 2, 128, 48, help=N_("The longest text in training.")
)
content = Slider(
    "rope_content",
    N_("Content"),
    0,
    1,
    1,
    0.05,
    help=N_("The value of every component of q and k, in all tokens."),
    words={0: N_("none")},
)
alibi_head = IntSlider("rope_alibi", N_("ALiBi head"), 1, ALIBI_HEADS, 4)
schemes = Choices(
    "rope_schemes",
    N_("Schemes"),
    lambda: {name: charts.scheme_name(name) for name in core.POSITION_SCHEMES},
    core.POSITION_SCHEMES,
)
scheme = Choice(
    "rope_pic",
    N_("Second figure"),
    lambda: {name: charts.scheme_name(name) for name in core.POSITION_SCHEMES[1:]},
    "sinusoidal",
    kind="menu",
)
cell_query = IntSlider(
    "rope_cm", N_("Position m of the query"), 0, lambda: length.value - 1, 20, play=True
)
cell_key = IntSlider("rope_cn", N_("Position n of the key"), 0, lambda: length.value - 1, 12)
raw = Switch(
    "rope_raw",
    N_("Show the position table"),
    when=lambda: scheme.value in ("sinusoidal", "learned"),
)
table = Choice(
    "rope_table",
    N_("Learned table"),
    {"random": N_("untrained, N(0, 0.02²)"), "trained": N_("from the encoder (BERT)")},
)
strength = Slider(
    "rope_strength", N_("Table scale"), 0, 40, 20, 1, help=N_("Multiplies the learned table.")
)
