"""The controls of the sampling page; their bounds are those of `core.sampling.LIMITS`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from core.sampling import LIMITS
from ui import N_, Choice, Control, IntSlider, Slider, Stepper, Text, _
from ui.controls import Words, said

AnyControl = TypeVar("AnyControl", bound=Control)

FREE = "free"
LAST_SEED = 9_999

# Logits
source = Choice(
    "source",
    N_("Logits from"),
    {"model": N_("the model"), "table": N_("a table")},
    help=N_("The language model on your prompt, or tokens and probabilities of your own."),
)
prompt = Text(
    "prompt", N_("Prompt"), "The capital of France is", when=lambda: source.value == "model"
)
table = Text(
    "table",
    N_("Tokens and their probabilities"),
    "女孩 0.664, 鞋子 0.199, 大象 0.105, 其他 0.032",
    placeholder=N_("girl 0.66, shoes 0.2, elephant 0.1"),
    when=lambda: source.value == "table",
)
written = Text(
    "written",
    N_("Tokens already written"),
    placeholder=N_("tokens of the table, separated by commas"),
    note=N_("The penalties count these."),
    when=lambda: source.value == "table",
)


# Settings
def _setting(field: str, key: str, label: Words, tip: Words, **extra: Any) -> Slider:
    """A setting with the bounds of `core`, or narrower ones; at its default a filter is off."""
    limit = LIMITS[field]
    options: dict[str, Any] = {
        "low": limit.low,
        "high": limit.high,
        "default": limit.default,
        "words": {limit.default: N_("off")},
    }
    kind = IntSlider if limit.whole else Slider
    return kind(key, label, help=tip, **options | extra)


#: Field of `SamplingParams` → its control.
settings = {
    "temperature": _setting(
        "temperature",
        "T",
        N_("Temperature"),
        N_(
            "Divides the logits. Below 1 it sharpens the distribution, above 1 it flattens it; "
            "0 is greedy."
        ),
        words={0: N_("greedy")},
        play=True,
    ),
    "top_k": _setting(
        "top_k", "k", N_("Top-k"), N_("Keeps the k most likely tokens."), high=49_152, scale="log"
    ),
    "top_p": _setting(
        "top_p",
        "p",
        N_("Top-p"),
        N_("Keeps the smallest set of top tokens whose total probability reaches p."),
        default=0.9,
    ),
    "min_p": _setting(
        "min_p",
        "min_p",
        N_("Min-p"),
        N_("Keeps tokens at least p times as likely as the top token."),
    ),
    "typical_p": _setting(
        "typical_p",
        "typical",
        N_("Typical-p"),
        N_(
            "Keeps the tokens whose surprisal is closest to the entropy until their total "
            "probability reaches p."
        ),
    ),
    "top_n_sigma": _setting(
        "top_n_sigma",
        "nsigma",
        N_("Top-nσ"),
        N_("Keeps tokens whose logit is within n standard deviations of the largest."),
        step=0.1,
        scale="log",
    ),
    "epsilon_cutoff": _setting(
        "epsilon_cutoff",
        "eps",
        N_("Epsilon"),
        N_("Keeps tokens with a probability of at least ε, or the most likely one."),
        step=0.001,
    ),
    "repetition_penalty": _setting(
        "repetition_penalty",
        "rep",
        N_("Repetition penalty"),
        N_(
            "For tokens that have occurred: a positive logit is divided by this factor, a negative "
            "one is multiplied by it."
        ),
    ),
    "frequency_penalty": _setting(
        "frequency_penalty",
        "freq",
        N_("Frequency penalty"),
        N_("Is subtracted from a token's logit once for each earlier occurrence."),
    ),
    "presence_penalty": _setting(
        "presence_penalty",
        "pres",
        N_("Presence penalty"),
        N_("Is subtracted once from the logit of every token that has occurred."),
    ),
    "no_repeat_ngram": _setting(
        "no_repeat_ngram",
        "ngram",
        N_("No-repeat n-gram"),
        N_("Removes tokens that would repeat a sequence of n tokens."),
        high=20,
    ),
    "seed": _setting(
        "seed",
        "seed",
        N_("Seed"),
        N_("The same seed gives the same draws."),
        high=LAST_SEED,
        words=None,
    ),
    "max_tokens": _setting(
        "max_tokens",
        "max_tokens",
        N_("Max tokens"),
        N_("Maximum number of tokens to write."),
        high=256,
        default=40,
        words=None,
    ),
    "num_beams": _setting(
        "num_beams",
        "beams",
        N_("Beams"),
        N_("Number of prefixes that the search keeps at each step."),
        high=8,
        default=3,
        words=None,
    ),
}


def name(field: str) -> str:
    """Return the label of a setting in the visitor's language."""
    return said(settings[field].label)


MAIN = ("temperature", "top_k", "top_p", "min_p")
MAX_TOKENS = "max_tokens"  # the field of a request
RUN = ("seed", MAX_TOKENS)
FURTHER = [f for f in settings if f not in (*MAIN, *RUN, "num_beams")]

ORDER_NAMES = {
    "transformers": N_("transformers: temperature first"),
    "notes": N_("notes: top-k → top-p → temperature"),
    "llama.cpp": N_("llama.cpp: temperature last"),
}


def stage_name(stage: str) -> str:
    """Return the name of a stage as the visitor reads it."""
    return {
        "repetition_penalty": _("repetition penalty"),
        "frequency_presence": _("frequency and presence penalty"),
        "no_repeat_ngram": _("no-repeat n-gram"),
        "temperature": _("temperature"),
        "top_k": _("top-k"),
        "top_p": _("top-p"),
        "min_p": _("min-p"),
        "typical_p": _("typical-p"),
        "epsilon_cutoff": _("epsilon cutoff"),
        "top_n_sigma": _("top-nσ"),
    }[stage]


order = Choice(
    "order",
    N_("Order of the filters"),
    ORDER_NAMES | {FREE: N_("custom order")},
    kind="menu",
    help=N_("The same settings in another order can give another distribution."),
)
stages = Text(
    "stages", N_("Custom order"), "top_k, top_p, temperature", when=lambda: order.value == FREE
)


# Compare: settings A are those above.
def marked(mark: str, control: AnyControl, **changes: Any) -> AnyControl:
    """Return the control with "A · " or "B · " before its label, and other changes."""
    return replace(control, label=lambda: f"{mark} · {said(control.label)}", **changes)


second = {
    field: marked(
        "B",
        settings[field],
        key=f"{settings[field].key}_b",
        default=0.3 if field == "temperature" else LIMITS[field].default,
    )
    for field in MAIN
}
second_order = marked("B", order, key="order_b", options=ORDER_NAMES)

# Draw
draws = Choice(
    "draws", N_("Number of draws"), {"1": "1", "100": "100", "10000": "10,000"}, default="100"
)

# What a click selects
row = IntSlider("sampling_row", N_("Selected bar, from the top"), 1, 19, 1)
position = IntSlider("sampling_position", N_("Selected token, from 1; 0 is none"), 0, 256, 0)

# Write
chip_color = Choice(
    "sampling_chip_color",
    N_("Probabilities of the tokens"),
    {"raw": N_("before the filters"), "final": N_("after the filters")},
    help=N_(
        "The number under each token and its color. The stronger the color, the higher the "
        "token's surprisal −log₂ p."
    ),
)

# Beams
steps = IntSlider("beam_steps", N_("Steps"), 1, 10, 5)
length_penalty = Slider(
    "beam_lp",
    N_("Length penalty"),
    -2,
    3,
    1,
    0.1,
    help=N_(
        "The score of a text is Σ ln p / length^penalty. Σ ln p is negative, so values above 0 "
        "favor long texts."
    ),
)
step = Stepper("beam_step", N_("Step of the search"), 99)
candidate = IntSlider("beam_candidate", N_("Selected candidate, from 1; 0 is none"), 0, 999, 0)

# Pitfalls
worked_temperature = Slider(
    "slip_T",
    N_("Temperature"),
    0.05,
    5,
    0.7,
    0.05,
    help=N_("The worked table uses 0.7."),
    play=True,
)
