"""The controls of the MoE page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.moe import KNOWN_MODELS
from core.moe.tiny_lm import MoEConfig
from ui import N_, Choice, IntSlider, Slider, Stepper, Text, _

MAX_WORDS = 20  # words of the batch
MAX_ROUNDS = 60  # of loss-free balancing
NO_LIMIT = 4.0  # the highest capacity factor stands for "no limit"
NO_PAUSE = 100  # steps per second; stands for "as many as possible"
LATEST = 10**6  # a snapshot beyond the end of every run: the latest one
ALL_DOMAINS = "all"
OFF = {0.0: N_("off")}
DATASETS = {
    "spirals": N_("Spirals"),
    "moons": N_("Moons"),
    "checker": N_("Checkerboard"),
    "gaussians": N_("Gaussians"),
}
DOMAINS = {
    ALL_DOMAINS: N_("mean of all four"),
    "english": N_("English"),
    "chinese": N_("Chinese"),
    "code": N_("Code"),
    "numbers": N_("Numbers"),
}


def _all_of(count: Callable[[], int], most: int = 4) -> Callable[[], Mapping[float, str]]:
    """Return the words of a slider of k where k exceeds the number of experts: all are used."""
    return lambda: {float(k): _("all {n}").format(n=count()) for k in range(count() + 1, most + 1)}


def _softmax(key: str, default: str = "after") -> Choice:
    options = {"after": N_("the chosen k"), "before": N_("all experts")}
    return Choice(
        key, N_("Softmax over"), options, default,
        help=N_(
            "Over the chosen k, a token's gates sum to 1 (Mixtral). Over all experts, the chosen "
            "gates keep their values and sum to at most 1 (Switch)."
        ),
    )  # fmt: skip


def _noise(key: str, high: float, step: float) -> Slider:
    return Slider(
        key, N_("Router noise"), 0, high, 0, step, words=OFF,
        help=N_(
            "Standard deviation of Gaussian noise on the logits. With noise, an expert with a "
            "lower logit is sometimes chosen."
        ),
    )  # fmt: skip


def _speed(key: str, when: Callable[[], bool] | None = None) -> IntSlider:
    return IntSlider(
        key, N_("Steps per second"), 1, NO_PAUSE, 50, scale="log", when=when,
        words={NO_PAUSE: N_("as many as possible")},
        help=N_("Optimization steps per second during training; fewer on a slow computer."),
    )  # fmt: skip


def _pick(key: str, count: IntSlider, when: Callable[[], bool] | None = None) -> IntSlider:
    return IntSlider(
        key, N_("Expert in detail"), 1, lambda: count.value, 1, when=when,
        help=N_("The text below works out its share of the load. You can also click an expert."),
    )  # fmt: skip


# Step by step
experts = IntSlider("moe_experts", N_("Experts"), 2, 8, 4)
top_k = IntSlider("moe_k", N_("Experts used (k)"), 1, 4, 2, words=_all_of(lambda: experts.value))
capacity = Slider(
    "moe_cap", N_("Capacity factor"), 0.25, NO_LIMIT, NO_LIMIT, 0.05,
    words={NO_LIMIT: N_("no limit")},
    help=N_(
        "An expert accepts factor × tokens × k / experts tokens, rounded up. Later tokens are "
        "dropped."
    ),
)  # fmt: skip
stage = Choice(
    "moe_stage",
    N_("Values in the table"),
    {
        "logits": N_("1 logits"),
        "softmax": N_("2 softmax"),
        "chosen": N_("3 top-k"),
        "gates": N_("4 gates"),
        "dispatch": N_("5 dispatch"),
    },
    "dispatch",
)
words = Text(
    "moe_words", N_("Words, one token each"), "the cat sat on the mat and the dog sat on the cat"
)
normalize = _softmax("moe_norm")
noise = _noise("moe_noise", 4, 0.1)
scale = Slider(
    "moe_scale", N_("Scale of the logits"), 0.1, 10, 3, 0.1, scale="log",
    help=N_("Larger logits give a sharper softmax and a larger z-loss."),
)  # fmt: skip
shared = IntSlider(
    "moe_shared", N_("Shared experts"), 0, 3, 0, words=OFF,
    help=N_("Every token passes through the shared experts, without a gate (DeepSeekMoE)."),
)  # fmt: skip
bias_rounds = IntSlider(
    "moe_rounds", N_("Rounds of loss-free balancing"), 0, MAX_ROUNDS, 0, words=OFF, play=True,
    help=N_(
        "Each round lowers the bias of overloaded experts and raises the bias of underloaded "
        "ones. The bias affects which experts are chosen, never the gates."
    ),
)  # fmt: skip
bias_rate = Slider(
    "moe_rate", N_("Bias step size"), 0.005, 0.2, 0.05, 0.005,
    help=N_(
        "By how much each round changes a bias. The bias is added to a probability, so a large "
        "step makes the load swing instead of converging."
    ),
)  # fmt: skip
jitter = Slider(
    "moe_jitter", N_("Jitter on the router's input"), 0, 0.5, 0, 0.01, words=OFF,
    help=N_("Multiplies each component by a random number in [1 − ε, 1 + ε] (Switch: ε = 0.01)."),
)  # fmt: skip
noise_seed = IntSlider("moe_noise_seed", N_("Seed of noise and jitter"), 0, 99, 0)
seed = IntSlider("moe_seed", N_("Seed of vectors and weights"), 0, 99, 0)
pick = IntSlider(
    "moe_pick", N_("Expert in detail"), 1, lambda: experts.value, 1,
    help=N_("The formula below the table is for this expert. You can also click a cell."),
)  # fmt: skip
token = Stepper("moe_at", N_("Token"), MAX_WORDS, unit=N_("token"))

# Live training
balance = Slider(
    "moe_t_balance", N_("Balancing loss"), 0, 0.5, 0.05, 0.01, words=OFF,
    help=N_("Its weight in the total loss. You can change it during training."),
)  # fmt: skip
train_experts = IntSlider("moe_t_experts", N_("Experts"), 1, 8, 8)
train_top_k = IntSlider(
    "moe_t_k", N_("Experts used (k)"), 1, 4, 1, words=_all_of(lambda: train_experts.value)
)
train_noise = _noise("moe_t_noise", 2, 0.05)
dataset = Choice("moe_data", N_("Data set"), DATASETS)
train_normalize = _softmax("moe_t_norm", "before")
z_loss = Slider("moe_t_z", N_("Z-loss"), 0, 0.1, 0, 0.001, words=OFF)
train_bias_rate = Slider(
    "moe_t_bias", N_("Loss-free balancing: bias step size"), 0, 0.05, 0, 0.001, words=OFF,
    help=N_("Each batch adjusts a bias that affects which experts are chosen, not the gates."),
)  # fmt: skip
learning_rate = Slider("moe_t_rate", N_("Learning rate"), 0.001, 0.1, 0.02, 0.001, scale="log")
train_width = IntSlider("moe_t_width", N_("Expert width"), 2, 32, 8)
train_seed = IntSlider("moe_t_seed", N_("Seed"), 0, 99, 0)
speed = _speed("moe_t_speed")
train_pick = _pick("moe_t_pick", train_experts)
snapshot = Stepper("moe_back", N_("Snapshot"), LATEST, unit=N_("snapshot"), interval_ms=150)

# Language model
layer = IntSlider("moe_layer", N_("Layer"), 1, MoEConfig().num_layers, 2)
text = Text(
    "moe_text",
    N_("Text"),
    "In the beginning God created the heaven and the earth.\n"
    "床前明月光，疑是地上霜。\n"
    "def add(a, b):\n    return a + b\n"
    "12 + 30 = 42",
    rows=4,
)
text_pick = IntSlider(
    "moe_tok_pick", N_("Expert in detail"), 1, MoEConfig().num_experts, 1,
    help=N_("The text below says which domains it serves. You can also click a cell of a table."),
)  # fmt: skip
text_token = Stepper("moe_tok", N_("Token"), 3, unit=N_("token"), first=1)

# Upcycling
network = Choice(
    "moe_u_of", N_("Network"), {"points": N_("classifier, live"), "text": N_("language model")}
)


def on_points() -> bool:
    """Return whether the network to be upcycled is the classifier of points."""
    return network.value == "points"


copies = IntSlider("moe_u_experts", N_("Copies"), 2, 8, 4)
copies_used = IntSlider(
    "moe_u_k", N_("Copies used (k)"), 1, 4, 2, words=_all_of(lambda: copies.value)
)
copy_normalize = _softmax("moe_u_norm")
copy_at = IntSlider("moe_u_at", N_("Copy after step"), 0, 600, 150, 10, when=on_points)
copy_dataset = Choice("moe_u_data", N_("Data set"), DATASETS, "checker", when=on_points)
copy_width = IntSlider("moe_u_width", N_("Expert width"), 2, 32, 8, when=on_points)
copy_seed = IntSlider("moe_u_seed", N_("Seed"), 0, 99, 0)
copy_speed = _speed("moe_u_speed", on_points)
copy_pick = _pick("moe_u_pick", copies, on_points)
copy_snapshot = Stepper(
    "moe_grow_back", N_("Snapshot"), LATEST, unit=N_("snapshot"), interval_ms=150
)
domain = Choice(
    "moe_u_domain", N_("Held-out text"), DOMAINS, kind="menu", when=lambda: not on_points()
)
copy_text = Text(
    "moe_u_text",
    N_("Text for the comparison"),
    "The LORD is my shepherd; I shall not want.",
    when=lambda: not on_points(),
)
copy_token = IntSlider(
    "moe_u_tok", N_("Token in detail"), 2, 64, 2, when=lambda: not on_points(),
    help=N_("The text below works out its surprisal. You can also click a bar."),
)  # fmt: skip


# Model sizes
def fill() -> None:
    """Set the sliders to the sizes of the chosen model."""
    for size in sizes.values():
        size.reset()


def _of_model(field: str) -> Callable[[], int]:
    return lambda: getattr(KNOWN_MODELS[model.value], field)


model = Choice(
    "moe_model", N_("Start from"), {name: name for name in KNOWN_MODELS}, "Mixtral 8x7B",
    kind="menu", on_change=fill,
)  # fmt: skip
#: By the names of the fields of `ModelShape`.
sizes = {
    "num_experts": IntSlider(
        "moe_s_experts", N_("Experts"), 1, 2048, _of_model("num_experts"), scale="log"
    ),
    "top_k": IntSlider(
        "moe_s_k", N_("Experts used (k)"), 1, 32, _of_model("top_k"),
        words=_all_of(lambda: sizes["num_experts"].value, 32),
    ),
    "num_shared": IntSlider("moe_s_shared", N_("Shared experts"), 0, 8, _of_model("num_shared")),
    "expert_dim": IntSlider(
        "moe_s_width", N_("Expert width"), 64, 32768, _of_model("expert_dim"), 64, scale="log"
    ),
}  # fmt: skip
context = IntSlider(
    "moe_s_context", N_("Context length"), 0, 131072, 0, 1024, scale="log", words=OFF,
    help=N_("Number of tokens that a new token attends to; adds the FLOPs of attention scores."),
)  # fmt: skip
