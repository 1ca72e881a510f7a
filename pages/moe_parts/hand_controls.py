"""The controls of the view "by hand": words, sizes, capacity, noise, balancing."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

import ui
from pages.moe_parts import batch
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
        top_k = int(ui.live_slider(_("Experts per token (k)"), 1, 4, 2, 1, key="moe_k"))
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
    settings = Settings(
        words=words,
        experts=experts,
        top_k=min(top_k, experts),
        normalize=normalize,
        capacity_factor=None if factor >= UNLIMITED else float(factor),
        noise=float(noise),
    )
    with more_place, ui.more(_("More")):
        return _more_controls(settings), words


def _more_controls(settings: Settings) -> Settings:
    off = {0.0: _("off")}
    scale = ui.live_slider(
        _("Scale of the logits"), 0.1, 10.0, 3.0, 0.1, key="moe_scale", scale="log",
        help=_("A sharper router: clearer choices, a larger z-loss."),
    )  # fmt: skip
    shared = ui.live_slider(
        _("Shared experts"), 0, 3, 0, 1, key="moe_shared",
        help=_("Every token passes through them, without a gate (DeepSeekMoE)."),
    )  # fmt: skip
    rounds = ui.live_slider(
        _("Rounds of loss-free balancing"), 0, 60, 0, 1, key="moe_rounds", words=off,
        help=_(
            "After each round the overloaded experts' bias goes down, the others' up. "
            "It counts for the choice only, never for the gate."
        ),
    )  # fmt: skip
    rate = ui.live_slider(_("Step of the bias"), 0.005, 0.2, 0.05, 0.005, key="moe_rate")
    jitter = ui.live_slider(
        _("Jitter on the router's input"), 0.0, 0.5, 0.0, 0.01, key="moe_jitter", words=off,
        help=_("Each component times a number from 1 − ε to 1 + ε (Switch: ε = 0.01)."),
    )  # fmt: skip
    noise_seed = ui.live_slider(_("Seed of noise and jitter"), 0, 99, 0, 1, key="moe_noise_seed")
    seed = ui.live_slider(_("Seed of vectors and weights"), 0, 99, 0, 1, key="moe_seed")
    return replace(
        settings,
        scale=float(scale),
        shared=int(shared),
        bias_rounds=int(rounds),
        bias_rate=float(rate),
        jitter=float(jitter),
        noise_seed=int(noise_seed),
        seed=int(seed),
    )
