"""The feed-forward network: two matrices against three at equal parameters."""

from __future__ import annotations

import streamlit as st

import ui
from charts import activations as charts
from charts.format import count, number
from core import activations as core
from ui import _

#: Model, width D, inner width F, gated, where it is written.
KNOWN = (
    ("Transformer base", 512, 2048, False, "Vaswani et al. 2017, table 3"),
    ("GPT-2 small", 768, 3072, False, "Radford et al. 2019; openai/gpt-2, model.py: 4·n_embd"),
    ("BERT base", 768, 3072, False, "Devlin et al. 2019, section 3"),
    ("T5 1.0 base", 768, 3072, False, "Raffel et al. 2020, section 3.1"),
    ("T5 1.1 base", 768, 2048, True, "google/t5-v1_1-base, config.json"),
    ("Llama 7B", 4096, 11008, True, "Touvron et al. 2023; huggyllama/llama-7b, config.json"),
    ("Mistral 7B", 4096, 14336, True, "Jiang et al. 2023, table 1"),
    ("Llama 3 8B", 4096, 14336, True, "Llama team 2024, arXiv:2407.21783, table 3"),
    ("SmolLM2 135M", 576, 1536, True, "HuggingFaceTB/SmolLM2-135M, config.json"),
)


def draw() -> None:
    """Draw the view."""
    columns = st.columns([1.2, 1.2, 1.4], gap="medium", vertical_alignment="bottom")
    with columns[0]:
        dim = int(ui.live_slider(_("Model width D"), 64, 8192, 4096, 64, key="act_dim"))
    with columns[1]:
        inner = int(ui.live_slider(_("Plain inner width F"), 64, 32768, 16384, 64, key="act_inner"))
    with columns[2]:
        multiple = ui.choice(
            _("Round the gated one up to a multiple of"),
            {str(n): str(n) for n in (1, 64, 128, 256)},
            key="act_multiple",
            value="256",
        )
    found = core.equal_parameter_ffn(dim, inner, int(multiple))
    figure, numbers = st.columns([1.6, 1], gap="large")
    with figure:
        ui.plot(
            charts.matrices(found),
            key="act_matrices",
            alt=_(
                "Two matrices of {d} × {f} against three of {d} × {g}: {a} and {b} parameters."
            ).format(
                d=count(dim),
                f=count(found.plain.hidden_dim),
                g=count(found.gated.hidden_dim),
                a=count(found.plain.parameters),
                b=count(found.gated.parameters),
            ),
            height=360,
        )
    with numbers:
        exact, whole = found.exact_hidden, found.gated.hidden_dim
        ui.formula(rf"F' = \tfrac{{2}}{{3}}F = {exact:.1f} \to {whole}")
        ui.facts(
            [
                ui.Fact(_("two matrices"), count(found.plain.parameters), _("f(x·W₁)·W₂")),
                ui.Fact(_("three matrices"), count(found.gated.parameters), _("(f(x·W) ⊙ x·V)·W₂")),
                ui.Fact(_("difference"), count(found.difference), _("parameters, by rounding")),
                ui.Fact(
                    _("FLOPs per token"),
                    count(found.gated.flops_per_token),
                    _("plain: {n}").format(n=count(found.plain.flops_per_token)),
                ),
            ]
        )
    if not ui.presenting():
        known()


def known() -> None:
    """Published shapes, and what one layer of each costs."""
    rows = []
    for name, dim, inner, gated, source in KNOWN:
        size = core.ffn_size(dim, inner, gated)
        ratio = number(inner / dim, 3)
        cells = [name, count(dim), count(inner), ratio, str(size.matrices), count(size.parameters)]
        rows.append(ui.Row([*cells, source], "marked" if name.startswith("SmolLM2") else ""))
    head = ["", "D", "F", "F/D", _("matrices"), _("parameters of one layer"), _("source")]
    ui.table([_("model"), *head[1:]], rows, numbers=[1, 2, 3, 4, 5])
    ui.note(
        _(
            "8/3 = 2.67 is 4 times two thirds. T5 went from 3072 to 2048 as it took up a gate; "
            "Llama 3 spends more on its FFN than the rule. Biases are not counted."
        )
    )
