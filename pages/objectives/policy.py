"""Reward against KL: the optimum of RLHF on the model's own candidates, and best-of-n."""

from __future__ import annotations

from functools import lru_cache

import ui
from charts import objectives as charts
from charts.format import number, probability
from core import objectives as core
from pages.objectives import controls
from ui import _, models

BETAS = tuple(0.05 * 200 ** (i / 50) for i in range(51))  # from 0.05 to 10
SIZES = (1, 2, 4, 8, 16, 32, 64)


@lru_cache(maxsize=256)
def reference(prompt: tuple[int, ...]) -> tuple[float, ...]:
    """Return the probabilities of the candidates, which sum to 1."""
    top = models.next_logits(prompt).topk(controls.CANDIDATES).values.double().softmax(0)
    return tuple(top.tolist())


@lru_cache(maxsize=512)
def curve(p: tuple[float, ...], rewards: tuple[float, ...]) -> tuple[core.TiltedPolicy, ...]:
    """Return the optimum for every β of the curve."""
    return core.tilted_policies(p, rewards, BETAS)


@lru_cache(maxsize=512)
def best(p: tuple[float, ...], rewards: tuple[float, ...], n: int) -> core.TiltedPolicy:
    """Return the policy of best-of-n."""
    return core.best_of_n(p, rewards, n)


def current() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the reference and the rewards."""
    rewards = tuple(controls.rewards[i].value for i in range(controls.CANDIDATES))
    return reference(controls.prompt_ids()), rewards


def draw() -> None:
    """Draw the policy beside the reference, then the plane of KL and reward."""
    p, rewards = current()
    beta, n = controls.beta.value, controls.draws.value
    found = core.tilted_policy(p, rewards, beta)
    picked = best(p, rewards, n)
    names = [ui.plain(models.token(i)) for i in controls.candidates()]
    with ui.figure():
        ui.plot(
            charts.policies(p, found.probs, names, rewards),
            key="objectives_policy_plot",
            alt=_("The policy after RLHF gives “{token}” the highest probability.").format(
                token=names[int(found.probs.argmax())]
            ),
            height=360,
        )
    with ui.second_figure():
        ui.plot(
            charts.plane(
                curve(p, rewards), found, [best(p, rewards, size) for size in SIZES], picked, SIZES
            ),
            key="objectives_plane",
            alt=_("KL {kl} nats, expected reward {reward}.").format(
                kl=number(found.kl), reward=number(found.expected_reward)
            ),
            height=360,
            on_click=_choose,
        )
    ui.note(_sentence(p, found, rewards, names), keep=True)
    at = int(found.probs.argmax())
    ui.formula(
        r"\pi \propto \pi_{\mathrm{ref}}\, e^{r/\beta}:\quad "
        rf"{p[at]:.3g} \cdot e^{{{rewards[at]:.3g}/{beta:.3g}}} / Z = {float(found.probs[at]):.3g}"
    )
    ui.facts(
        [
            ui.Fact(_("expected reward"), number(found.expected_reward), _("under π")),
            ui.Fact(_("KL(π ‖ π_ref)"), _("{n} nats").format(n=number(found.kl))),
            ui.Fact(
                _("objective"),
                number(found.objective),
                _("E[r] − β · KL = β · ln Z"),
                _("No other policy has a larger value at this β."),
            ),
            ui.Fact(
                _("best of {n}").format(n=n),
                number(picked.expected_reward),
                _("KL {kl} nats; the bound is {bound}").format(
                    kl=number(picked.kl), bound=number(core.best_of_n_kl(n))
                ),
                _(
                    "ln n − (n − 1)/n is often given as the KL divergence of best-of-n. It is an "
                    "upper bound (Beirami et al. 2024)."
                ),
            ),
        ]
    )
    ui.note(
        _(
            "The candidates are the {n} most likely next tokens; their probabilities are rescaled "
            "to sum to 1. The rewards are yours. Click a point of the curve to set β."
        ).format(n=controls.CANDIDATES)
    )
    ui.model_card()


def _choose(mark: dict[str, object]) -> None:
    point = mark["point"]
    if mark["curve"] == 0 and isinstance(point, int) and point < len(BETAS):
        controls.beta.set(BETAS[point])
    if mark["curve"] == 1 and isinstance(point, int) and point < len(SIZES):
        controls.draws.set(SIZES[point])


def _sentence(
    p: tuple[float, ...],
    found: core.TiltedPolicy,
    rewards: tuple[float, ...],
    names: list[str],
) -> str:
    if len(set(rewards)) == 1:
        return _("All rewards are equal, so the policy stays at the reference for every β.")
    at = max(range(len(p)), key=lambda i: (rewards[i], p[i]))
    text = _(
        "“{token}” has the highest reward. Its probability changes from {before} to {after} at "
        "β = {beta}."
    )
    return text.format(
        token=names[at],
        before=probability(p[at]),
        after=probability(float(found.probs[at])),
        beta=f"{controls.beta.value:.3g}",
    )


def table() -> ui.Table:
    """Return the candidates with their probabilities."""
    p, rewards = current()
    found = core.tilted_policy(p, rewards, controls.beta.value)
    names = [ui.plain(models.token(i)) for i in controls.candidates()]
    return [_("token"), _("reward"), "π_ref", "π"], list(
        zip(names, rewards, p, found.probs.tolist(), strict=True)
    )
