"""Activations and the feed-forward network: describes the page."""

from __future__ import annotations

import ui
from core import activations as core
from core.activations.gate_map import gate_map
from pages.activations import controls, curves, dead, depth, ffn, gated, model, questions
from pages.activations.downloads import downloads
from pages.activations.pitfalls import pitfalls
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "activations",
        _("Activations and the FFN"),
        _(
            "Two linear layers without a nonlinearity between them collapse into one. An "
            "activation $f$ is that nonlinearity. Backpropagation multiplies the gradient by its "
            "derivative $f'$."
        ),
        controls=controls,
        views=[
            ui.View(
                "curves",
                _("Curves"),
                curves.draw,
                (controls.shown, controls.beta, controls.cursor, controls.chosen, controls.slopes),
            ),
            ui.View(
                "gated",
                _("Gated units"),
                gated.draw,
                (controls.gate, controls.value, controls.gate_activation, controls.form),
            ),
            ui.View(
                "depth",
                _("Through depth"),
                depth.draw,
                (
                    controls.depth,
                    controls.residual,
                    controls.norm,
                    controls.gain,
                    controls.compared,
                    controls.at_layer,
                    ui.More(controls.lower_panel, controls.init, controls.depth_seed),
                ),
            ),
            ui.View(
                "dead",
                _("Dying ReLUs"),
                dead.draw,
                (
                    controls.rate,
                    controls.clip,
                    controls.trained,
                    ui.More(controls.unit, controls.offset, controls.width, controls.training_seed),
                ),
            ),
            ui.View(
                "ffn", _("The FFN"), ffn.draw, (controls.inner, controls.dim, controls.multiple)
            ),
            ui.View(
                "model",
                _("A model's gates"),
                model.draw,
                (controls.layer, controls.threshold, controls.text),
            ),
        ],
        sentences=[
            lambda text: ui.state("model", text=text),
        ],
        scenarios=[
            ui.Scenario(
                _("Sigmoid and tanh"),
                ui.state("curves", chosen=["sigmoid", "tanh"], cursor=3.0),
                _("Far from 0 both curves are flat and their derivatives are close to 0."),
            ),
            ui.Scenario(
                _("GELU's two forms"),
                ui.state("curves", shown="gelu", cursor=2.7),
                _("The cursor is where the two forms differ most: by less than 0.0005."),
            ),
            ui.Scenario(
                _("Swish as GELU"),
                ui.state("curves", shown="swish", beta=1.7),
                _("With β = 1.70, Swish and GELU differ by about 0.02 at most."),
            ),
            ui.Scenario(
                "SwiGLU",
                ui.state("gated", form="surface"),
                _("The output over gate and value. Drag the surface to rotate it."),
            ),
            ui.Scenario(
                _("Vanishing gradient"),
                ui.state("depth"),
                _("24 layers of sigmoid leave almost no gradient; tanh and ReLU keep far more."),
            ),
            ui.Scenario(
                _("Pre-norm"),
                ui.state(
                    "depth",
                    residual=True,
                    norm="pre",
                    compared=["sigmoid", "tanh", "relu", "gelu", "silu"],
                ),
                _(
                    "With residual connections and LayerNorm before each layer, the norm of every "
                    "gradient at the input is between 1 and 10."
                ),
            ),
            ui.Scenario(
                _("Saturated units"),
                ui.state("depth", compared=["sigmoid", "tanh"], gain=4.0),
                _("Weights 4 times as large saturate about two thirds of the tanh units."),
            ),
            ui.Scenario(
                _("Llama's FFN"),
                ui.state("ffn"),
                _("Two thirds of 16,384, rounded up to a multiple of 256, is Llama 7B's 11,008."),
            ),
        ],
        experiments=[
            ui.Experiment(
                _("Restore the gradient"),
                _(
                    "Turn “Residual connections” off and on: without them almost no gradient of "
                    "sigmoid reaches the input. With them, set LayerNorm to “pre” too: both norms "
                    "are between 1 and 10."
                ),
                ui.state("depth", compared=["sigmoid", "relu"], residual=True),
                ui.Question(
                    _(
                        "24 layers of sigmoid leave almost no gradient at the input. Residual "
                        "connections repair that. With ReLU instead, the gradient at the input …"
                    ),
                    [_("vanishes."), _("stays close to 1."), _("explodes.")],
                    questions.relu_with_residuals,
                    ui.state("depth", compared=["sigmoid", "relu"]),
                ),
            ),
            ui.Experiment(
                _("Kill every ReLU"),
                _(
                    "Press play. Without clipping, a few large gradients at this learning rate "
                    "move every ReLU permanently to where its derivative is 0. With clipping, "
                    "the network learns. Then lower the learning rate."
                ),
                ui.state("dead", rate=0.3, update=0),
            ),
            ui.Experiment(
                _("Negative gates"),
                _(
                    "Drag the gate below 0. SwiGLU's output changes sign and has its extreme at "
                    "−1.28. With ReLU in the gate, the output is exactly 0."
                ),
                ui.state("gated", gate=-1.3, value=4.0),
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
            ui.Source(core.train_side_by_side),
            ui.Source(core.train_until_dead, "Lu et al. (2019); Pascanu et al. (2012)"),
            ui.Source(core.equal_parameter_ffn, "Shazeer (2020), section 2"),
            ui.Source(gate_map, "Shazeer (2020), equation 6"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
