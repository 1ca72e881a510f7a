"""Activations and the feed-forward network: curves, gates, depth, dead units, a model's gates."""

from __future__ import annotations

import ui
from core import activations as core
from core.activations.gate_map import gate_map
from pages.activations_parts import curves, dead, depth, downloads, ffn, gated, gates, pitfalls
from ui import _


def view(name: str, **state: object) -> dict[str, object]:
    """A state of one of the views."""
    return {"activations_view": name, **state}


def deep(**state: object) -> dict[str, object]:
    """A state of the stack; what is not named stands at its first value."""
    first: dict[str, object] = {
        "act_d_set": "sigmoid,tanh,relu",
        "act_depth": 24,
        "act_res": "0",
        "act_norm": "none",
        "act_gain": 1.0,
        "act_init": "he",
        "act_below": "saturated",
        "act_dseed": 0,
    }
    return view("depth", **(first | state))


def train(**state: object) -> dict[str, object]:
    """A state of the training, likewise."""
    first: dict[str, object] = {
        "act_t_fn": "relu",
        "act_rate": 0.2,
        "act_clip": 1.0,
        "act_tseed": 0,
        "act_offset": 3.0,
        "act_width": 32,
        "act_at": dead.UPDATES,
    }
    return view("dead", **(first | state))


ui.render(
    ui.Page(
        "activations",
        _("Activations and the FFN"),
        _(
            "Without a bend between them two matrices are one. An activation $f$ is that bend; its "
            "slope $f'$ is what the gradient is multiplied by on the way back."
        ),
        views=[
            ui.View("curves", _("Curves"), curves.draw),
            ui.View("gated", _("Gated units"), gated.draw),
            ui.View("depth", _("Through depth"), depth.draw),
            ui.View("dead", _("Dying ReLUs"), dead.draw),
            ui.View("ffn", _("The FFN"), ffn.draw),
            ui.View("model", _("A model's gates"), gates.draw),
        ],
        scenarios=[
            ui.Scenario(
                _("Old bends"),
                view("curves", act_curves="any", act_set="sigmoid,tanh", act_x=3.0),
                _("Far from 0 their slopes vanish."),
            ),
            ui.Scenario(
                _("GELU's two forms"),
                view("curves", act_curves="gelu", act_x=2.7),
                _("The cursor stands where they differ most."),
            ),
            ui.Scenario(
                _("Swish as GELU"),
                view("curves", act_curves="swish", act_beta=1.7, act_x=-1.28, act_slopes="1"),
                _("β = 1.70 all but covers GELU."),
            ),
            ui.Scenario(
                "SwiGLU",
                view("gated", act_gate_fn="silu", act_gate=1.5, act_value=2.0, act_form="surface"),
                _("As a surface over gate and value."),
            ),
            ui.Scenario(
                _("Vanishing"),
                deep(),
                _("Sigmoids lose a factor at every layer."),
            ),
            ui.Scenario(
                _("Pre-norm"),
                deep(act_res="1", act_norm="pre", act_d_set="sigmoid,tanh,relu,gelu,silu"),
                _("With a residual: what transformers do."),
            ),
            ui.Scenario(
                _("Saturated"),
                deep(act_d_set="sigmoid,tanh", act_gain=4.0),
                _("Weights so large that tanh sits at its ends."),
            ),
            ui.Scenario(
                _("Llama's FFN"),
                view("ffn", act_dim=4096, act_inner=16384, act_multiple="256"),
                _("Where 11 008 comes from."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Bring the gradient back"),
                _(
                    "24 layers of sigmoid: next to nothing arrives at the input. Turn on Residual, "
                    "then choose pre: each comes back to between 1 and 10."
                ),
                deep(act_d_set="sigmoid,relu"),
            ),
            ui.Experiment(
                _("Kill a network"),
                _(
                    "Press play. At this rate one long gradient throws every ReLU to where its "
                    "slope is 0, for good; the clipped twin learns. Then drag Rate to the left."
                ),
                train(act_rate=0.3, act_at=0),
            ),
            ui.Experiment(
                _("A gate is no switch"),
                _(
                    "Pull the gate below 0: SwiGLU turns the value's sign around, a little, most "
                    "at −1.28. With ReLU in the gate it shuts."
                ),
                view("gated", act_gate_fn="silu", act_gate=-1.3, act_value=4.0, act_form="plane"),
            ),
        ],
        sources=[
            ui.Source(core.activation_curves),
            ui.Source(core.gelu_error, "Hendrycks and Gimpel (2016), section 2"),
            ui.Source(core.swish, "Ramachandran, Zoph and Le (2017), section 4"),
            ui.Source(core.glu, "Dauphin et al. (2016); Shazeer (2020), equation 5"),
            ui.Source(core.glu_surface),
            ui.Source(core.glu_name, "Shazeer (2020)"),
            ui.Source(core.gradient_through_depth, "Glorot and Bengio (2010); He et al. (2015)"),
            ui.Source(core.train_until_dead, "Lu et al. (2019); Pascanu et al. (2012)"),
            ui.Source(core.equal_parameter_ffn, "Shazeer (2020), section 2"),
            ui.Source(gate_map, "Shazeer (2020), equation 6"),
        ],
        pitfalls=pitfalls.all_of_them(),
        downloads=downloads.tables(),
    )
)
