"""Reward models: Bradley–Terry, its loss for one pair of answers, and a reward with one weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from core.activations.functions import sigmoid, softplus
from core.checks import choice, number
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class PreferenceLoss:
    """The loss of a reward model for one pair of answers.

    Attributes:
        gap: r_chosen − r_rejected.
        probability: σ(gap), that the model gives to the person's preference.
        loss: −ln σ(gap), nats.
        gradient: ∂loss/∂r_chosen = −σ(−gap); ∂loss/∂r_rejected is its negative.
    """

    gap: float
    probability: float
    loss: float
    gradient: float


def preference_loss(chosen_reward: float, rejected_reward: float) -> PreferenceLoss:
    """Return the Bradley–Terry loss of one pair: −ln σ(r_chosen − r_rejected).

    Raises:
        ValueError: if a reward is not a finite number.

    Example:
        >>> preference_loss(2.0, 2.0).gradient
        -0.5

    Source: Bradley and Terry 1952; Ouyang et al. 2022, arXiv:2203.02155, equation 1.
    """
    gap = number("chosen_reward", chosen_reward) - number("rejected_reward", rejected_reward)
    return PreferenceLoss(
        gap, float(sigmoid([gap])), float(softplus([-gap])), -float(sigmoid([-gap]))
    )


def preference_probability(chosen_reward: float, rejected_reward: float) -> float:
    """Return the probability that the chosen answer is preferred: σ(r_chosen − r_rejected).

    Raises:
        ValueError: if a reward is not a finite number.

    Example:
        >>> preference_probability(2.0, 2.0)
        0.5

    Source: as `preference_loss`.
    """
    return preference_loss(chosen_reward, rejected_reward).probability


#: Stand-in features of an answer, for a reward that is a weight times one of them.
FEATURES = ("length", "log_prob")


def answer_feature(feature: str, log_probs: Sequence[float]) -> float:
    """Return a number that stands in for what a reward model reads in an answer.

    A trained reward model is a transformer with one output. These two features need no training;
    they are what a poor reward model may learn instead of quality.

    Args:
        feature: "length": number of tokens, in tens; "log_prob": mean ln p per token.
        log_probs: ln p of each token of the answer.

    Raises:
        ValueError: if there is no such feature, or the answer has no token.

    Example:
        >>> answer_feature("length", [-1.0, -2.0]), answer_feature("log_prob", [-1.0, -2.0])
        (0.2, -1.5)
    """
    choice("feature", feature, FEATURES)
    if not log_probs:
        raise InputError("log_probs must hold at least one number; got none.")
    return len(log_probs) / 10 if feature == "length" else fmean(log_probs)


@dataclass(frozen=True, slots=True)
class WeightGradient:
    """The loss of a reward r = w · x with one weight, and its gradient.

    Attributes:
        rewards: w · x of the chosen and of the rejected answer.
        pair: The loss of the pair.
        gradient: ∂loss/∂w = −σ(−gap) · (x_chosen − x_rejected).
    """

    rewards: tuple[float, float]
    pair: PreferenceLoss
    gradient: float


def weight_gradient(weight: float, chosen: float, rejected: float) -> WeightGradient:
    """Return the loss of one pair for a reward that is a weight times one feature of the answer.

    Args:
        weight: w.
        chosen: Feature x of the preferred answer, such as its number of tokens.
        rejected: Feature of the other one.

    Raises:
        ValueError: if an argument is not a finite number.

    Example:
        >>> weight_gradient(0.0, 3.0, 1.0).gradient
        -1.0

    Source: the chain rule on `preference_loss`.
    """
    w = number("weight", weight)
    rewards = w * number("chosen", chosen), w * number("rejected", rejected)
    pair = preference_loss(*rewards)
    return WeightGradient(rewards, pair, pair.gradient * (chosen - rejected))
