"""Training objectives: describes the page."""

from __future__ import annotations

import ui
from core import objectives as core
from pages.objectives import controls, dpo, group, policy, stages, step
from pages.objectives.pitfalls import pitfalls
from pages.objectives.questions import experiments
from ui import _


def page() -> ui.Page:
    """Return the page's description."""
    return ui.Page(
        "objectives",
        _("Training objectives"),
        _(
            "A model learns only from tokens that carry a loss. Each stage of training chooses "
            "different tokens, or compares whole answers."
        ),
        controls=controls,
        views=[
            ui.View(
                "stages",
                _("Three stages"),
                stages.draw,
                (
                    controls.token,
                    controls.stage,
                    controls.mask,
                    controls.seed,
                    controls.question,
                    controls.answer,
                ),
            ),
            ui.View(
                "policy",
                _("Reward and KL"),
                policy.draw,
                (
                    controls.beta,
                    *controls.rewards.values(),
                    ui.More(controls.draws, controls.prompt),
                ),
            ),
            ui.View(
                "dpo",
                "DPO",
                dpo.draw,
                (
                    controls.both,
                    controls.policy_chosen,
                    controls.policy_rejected,
                    controls.dpo_beta,
                    ui.More(controls.reference_chosen, controls.reference_rejected),
                ),
            ),
            ui.View("group", "GRPO", group.draw, (controls.right, controls.group_size)),
            ui.View(
                "step",
                _("One gradient step"),
                step.draw,
                (controls.rate, controls.trained, controls.target, controls.other),
            ),
        ],
        sentences=[
            lambda text: ui.state("step", trained=text),
            lambda text: ui.state("policy", prompt=text),
        ],
        scenarios=[
            ui.Scenario(
                _("Pre-training"),
                ui.state("stages", stage="pretraining"),
                _("Every token counts, the template and the user's words included."),
            ),
            ui.Scenario(
                _("A model that never stops"),
                ui.state("stages", mask="no_end"),
                _("The end token has no loss, so nothing teaches the model to end its turn."),
            ),
            ui.Scenario(
                _("Reward hacking"),
                ui.state("policy", beta=0.1),
                _("At a small β the policy follows the reward, even where the reward is wrong."),
            ),
            ui.Scenario(
                _("Both answers fall"),
                ui.state("dpo", both=-30.0),
                _("Both answers become less likely, and the loss stays the same."),
            ),
            ui.Scenario(
                _("One correct answer"),
                ui.state("group", right=1),
                _("A rare correct answer has a large advantage."),
            ),
            ui.Scenario(
                _("A fact that spreads"),
                ui.state("step", rate=10.0),
                _("One step on France changes the prediction for Germany too."),
            ),
        ],
        experiments=experiments(),
        sources=[
            ui.Source(core.chat_labels, "Ouyang et al. (2022), section 3.4"),
            ui.Source(core.token_losses),
            ui.Source(core.mask_tokens, "Devlin et al. (2018), section 3.1"),
            ui.Source(core.tilted_policy, "Rafailov et al. (2023), equation 4"),
            ui.Source(core.best_of_n, "Beirami et al. (2024), lemma 1"),
            ui.Source(core.dpo_loss, "Rafailov et al. (2023), equation 7"),
            ui.Source(core.group_advantages, "Shao et al. (2024), section 4.1.2"),
            ui.Source(core.step_logits),
        ],
        pitfalls=pitfalls(),
        downloads=[
            ui.Download(_("Losses by token (CSV)"), "token-losses.csv", stages.table),
            ui.Download(_("Policy (CSV)"), "policy.csv", policy.table),
            ui.Download(_("DPO pair (CSV)"), "dpo.csv", dpo.table),
            ui.Download(_("Group (CSV)"), "group.csv", group.table),
            ui.Download(_("Before and after the step (CSV)"), "step.csv", step.table),
        ],
    )


if __name__ == "__main__":
    ui.render(page())
