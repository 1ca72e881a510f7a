"""The feed-forward network: two matrices against three at equal parameters."""

from __future__ import annotations

import ui
from charts import activations as charts
from charts.format import count, number
from core import activations as core
from pages.activations import controls
from ui import _


def published() -> list[tuple[str, core.FFNSize, str]]:
    """Return name, size and source of the published models' FFNs."""
    return [
        (row.name, core.ffn_size(row.dim, row.hidden_dim, row.gated), row.source)
        for row in core.KNOWN_FFNS
    ]


def draw() -> None:
    """Draw the matrices of both networks, then the shapes of published models."""
    multiple = int(controls.multiple.value)
    found = core.equal_parameter_ffn(controls.dim.value, controls.inner.value, multiple)
    plain, gated = found.plain, found.gated
    with ui.figure():
        ui.plot(
            charts.matrices(found),
            key="act_matrices",
            alt=_("Two matrices with inner width {f}; three with inner width {g}.").format(
                f=count(plain.hidden_dim), g=count(gated.hidden_dim)
            ),
            height=420,
        )
    without = _("without a gate: {n}").format(n=count(plain.flops_per_token))
    ui.facts(
        [
            ui.Fact(_("parameters, no gate"), count(plain.parameters), "f(x·W₁)·W₂"),
            ui.Fact(_("parameters, gated"), count(gated.parameters), "(f(x·W) ⊙ x·V)·W₂"),
            ui.Fact(_("difference"), count(found.difference), _("due to rounding")),
            ui.Fact(_("FLOPs per token, gated"), count(gated.flops_per_token), without),
        ]
    )
    ui.formula(
        rf"F' = \tfrac{{2}}{{3}}F = {found.exact_hidden:.1f} \to {gated.hidden_dim},\qquad"
        rf" 2DF = 2\cdot{plain.dim}\cdot{plain.hidden_dim} = {plain.parameters},\quad"
        rf" 3DF' = 3\cdot{gated.dim}\cdot{gated.hidden_dim} = {gated.parameters}"
    )
    rows = []
    for name, of, source in published():
        shape = [count(of.dim), count(of.hidden_dim), number(of.hidden_dim / of.dim, 3)]
        cells = [name, *shape, str(of.matrices), count(of.parameters), source]
        rows.append(ui.Row(cells, "marked" if name.startswith("SmolLM2") else ""))
    head = [_("model"), "D", "F", "F/D", _("matrices"), _("parameters per layer"), _("source")]
    ui.table(head, rows, numbers=[1, 2, 3, 4, 5])
    ui.note(
        _(
            "With as many parameters as at F = 4·D, a gated network has F = 8/3·D ≈ 2.67·D. T5 1.1 "
            "added a gate and reduced F from 3072 to 2048. Mistral 7B and Llama 3 use a larger F. "
            "Biases are not counted. The marked row is the default model of this app."
        )
    )
