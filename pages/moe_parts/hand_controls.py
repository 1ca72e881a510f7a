"""The controls of the view "by hand": words, sizes, capacity, noise, balancing."""

from __future__ import annotations

import streamlit as st

import ui
from pages.moe_parts import batch, hidden
from pages.moe_parts.batch import Settings
from ui import _

TEXT = "the cat sat on the mat and the dog sat on the cat"
UNLIMITED = 4.0  # the right end of the capacity slider

#: Where every control of the view starts; a scenario says what differs.
START = {
    "moe_view": "hand", "moe_words": TEXT, "moe_norm": "after", "moe_experts": 4, "moe_k": 2,
    "moe_cap": UNLIMITED, "moe_noise": 0.0, "moe_scale": 3.0, "moe_shared": 0, "moe_rounds": 0,
    "moe_rate": 0.05, "moe_jitter": 0.0, "moe_noise_seed": 0, "moe_seed": 0,
    "moe_stage": "dispatch", "moe_at": batch.MOST,
}  # fmt: skip


def controls() -> tuple[Settings, tuple[str, ...]]:
    """Draw the controls; the settings and the words that they hold."""
    text_place, normalize_place, more_place = st.columns(
        [3.2, 1.9, 0.9], gap="medium", vertical_alignment="bottom"
    )
    with text_place:
        text = ui.live_text(_("Words, one token each"), TEXT, key="moe_words")
    with normalize_place:
        normalize = ui.choice(
            _("Softmax over"),
            {"after": _("the chosen k"), "before": _("all experts")},
            key="moe_norm",
            help=_(
                "The chosen k: a token's gates sum to 1 (Mixtral). All experts: the chosen gates "
                "stay as they are and sum to less (Switch)."
            ),
        )
    words, count = batch.words_of(text)
    if count > len(words):
        ui.note(_("The first {n} words are used.").format(n=len(words)))
    columns = st.columns(4, gap="medium")
    with columns[0]:
        experts = int(ui.live_slider(_("Experts"), 2, 8, 4, 1, key="moe_experts"))
    with columns[1]:
        top_k = int(
            ui.live_slider(
                _("Experts used (k)"), 1, 4, 2, 1, key="moe_k", words=hidden.beyond(experts)
            )
        )
    with columns[2]:
        factor = ui.live_slider(
            _("Capacity factor"), 0.25, UNLIMITED, UNLIMITED, 0.05, key="moe_cap",
            words={UNLIMITED: _("no limit")},
            help=_("An expert takes factor × tokens × k / experts tokens; later ones fall out."),
        )  # fmt: skip
    with columns[3]:
        noise = ui.live_slider(
            _("Router noise"), 0.0, 4.0, 0.0, 0.1, key="moe_noise", words={0.0: _("off")},
            help=_("Standard deviation of normal noise on the logits: weak experts win at times."),
        )  # fmt: skip
    with more_place:
        box = hidden.popover("moe_more")
    if box.open:
        with box:
            _more_controls()
    settings = Settings(
        words=words,
        experts=experts,
        top_k=min(top_k, experts),
        normalize=normalize,
        capacity_factor=None if factor >= UNLIMITED else float(factor),
        noise=float(noise),
        jitter=hidden.number("moe_jitter"),
        noise_seed=int(hidden.number("moe_noise_seed")),
        shared=int(hidden.number("moe_shared")),
        scale=hidden.number("moe_scale"),
        bias_rounds=int(hidden.number("moe_rounds")),
        bias_rate=hidden.number("moe_rate"),
        seed=int(hidden.number("moe_seed")),
    )
    return settings, words


def _more_controls() -> None:
    hidden.slider(
        "moe_scale", _("Scale of the logits"), scale="log",
        help=_("A sharper router: clearer choices, a larger z-loss."),
    )  # fmt: skip
    hidden.slider(
        "moe_shared", _("Shared experts"),
        help=_("Every token passes through them, without a gate (DeepSeekMoE)."),
    )  # fmt: skip
    hidden.slider(
        "moe_rounds", _("Rounds of loss-free balancing"),
        help=_(
            "After each round the overloaded experts' bias goes down, the others' up. "
            "It counts for the choice only, never for the gate."
        ),
    )  # fmt: skip
    hidden.slider("moe_rate", _("Step of the bias"))
    hidden.slider(
        "moe_jitter", _("Jitter on the router's input"),
        help=_("Each component times a number from 1 − ε to 1 + ε (Switch: ε = 0.01)."),
    )  # fmt: skip
    hidden.slider("moe_noise_seed", _("Seed of noise and jitter"))
    hidden.slider("moe_seed", _("Seed of vectors and weights"))
