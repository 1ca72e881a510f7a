"""Normalization: describes the page."""

from __future__ import annotations

import ui
from core import normalization as core
from core.normalization import left_out, tiny_training
from pages.normalization import axes, controls, gradients, model, training, vector
from pages.normalization.downloads import downloads
from pages.normalization.experiments import experiments
from pages.normalization.pitfalls import pitfalls
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "normalization",
        _("Normalization"),
        _(
            "A norm rescales values by their own statistics. It matters which values the "
            "statistics include, and whether the norm comes before or after a layer."
        ),
        controls=controls,
        views=[
            ui.View(
                "axes",
                _("Axes"),
                axes.draw,
                (
                    controls.length,
                    controls.kind,
                    controls.masked,
                    ui.More(
                        controls.sentence, controls.token, controls.feature, controls.batch_seed
                    ),
                ),
            ),
            ui.View(
                "vector",
                _("One vector"),
                vector.draw,
                (
                    controls.shift,
                    controls.scale,
                    controls.vector,
                    controls.place,
                    ui.More(controls.eps, controls.reading),
                ),
            ),
            ui.View(
                "model",
                _("A model's norms"),
                model.draw,
                (controls.model_token, controls.norm, controls.text, model.buttons),
            ),
            ui.View(
                "gradients",
                _("Gradients"),
                gradients.draw,
                (controls.at_layer, controls.depth, ui.More(controls.stack_seed)),
            ),
            ui.View(
                "training",
                _("Training"),
                training.draw,
                (
                    controls.rate,
                    training.buttons,
                    controls.warmup,
                    controls.train_layers,
                    controls.compared,
                    ui.More(controls.train_seed, controls.train_text),
                ),
            ),
        ],
        sentences=[
            lambda text: ui.state("model", text=text),
        ],
        scenarios=[
            ui.Scenario(
                _("BatchNorm and padding"),
                ui.state("axes", length=1),
                _(
                    "A short sentence 1 fills the batch with zeros, and they change the mean of "
                    "every other sentence. Drag its length."
                ),
            ),
            ui.Scenario(
                "LayerNorm",
                ui.state("axes", kind="layer", length=1),
                _("Each token has its own mean. The length of sentence 1 changes nothing."),
            ),
            ui.Scenario(
                _("A shifted vector"),
                ui.state("vector", shift=10.0),
                _("LayerNorm removes the shift; RMSNorm keeps the direction of the vector."),
            ),
            ui.Scenario(
                _("Massive activations"),
                ui.state("model", model_token=1),
                _("The first token's root mean square is far above that of the others."),
            ),
            ui.Scenario(
                _("48 layers"),
                ui.state("gradients", depth="48"),
                _("In the last layer, post-LN's gradient is several times that of pre-LN."),
            ),
            ui.Scenario(
                _("A high learning rate"),
                ui.state("training", rate=10.0),
                _("At 0.01, warm-up does not help post-LN either. Press Train."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.batch_norm_trace, "Ioffe and Szegedy (2015), algorithm 1"),
            ui.Source(core.layer_norm_trace, "Ba, Kiros and Hinton (2016), equation 3"),
            ui.Source(core.rms_norm_trace, "Zhang and Sennrich (2019), equation 4"),
            ui.Source(core.statistics_group, "Wu and He (2018), figure 2; Shen et al. (2020)"),
            ui.Source(left_out.norms_of_model, "Sun et al. (2024), section 2"),
            ui.Source(left_out.leave_out),
            ui.Source(core.run_stack, "Xiong et al. (2020), table 1; Wang et al. (2022)"),
            ui.Source(core.stack_gradients, "Xiong et al. (2020), theorem 1"),
            ui.Source(core.deepnorm_constants, "Wang et al. (2022), figure 2"),
            ui.Source(tiny_training.TinyTrainer, "Xiong et al. (2020), section 4"),
        ],
        pitfalls=pitfalls(),
        downloads=downloads(),
    )


if __name__ == "__main__":
    ui.render(page())
