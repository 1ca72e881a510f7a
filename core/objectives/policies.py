"""Policies: the KL-regularized optimum, best-of-n, and DPO."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.activations.functions import sigmoid, softplus
from core.checks import finite, integer, number, probabilities, vector
from core.errors import InputError
from core.information import kl_divergence

Values = Tensor | Sequence[float]


@dataclass(frozen=True, slots=True)
class TiltedPolicy:
    """A policy over K candidates.

    Attributes:
        probs: (K,) its probabilities, float64.
        expected_reward: Σ probs · rewards.
        kl: KL(policy ‖ reference) in nats.
        objective: For a tilted policy, β · ln Z, the largest value of expected reward − β · KL.
    """

    probs: Tensor
    expected_reward: float
    kl: float
    objective: float


def tilted_policy(reference: Values, rewards: Values, beta: float) -> TiltedPolicy:
    """Return the policy that maximizes E[r] − β · KL(π ‖ reference): π ∝ reference · exp(r / β).

    Args:
        reference: (K,) probabilities, 0 allowed.
        rewards: (K,) finite rewards.
        beta: Above 0; small values let the reward win, large ones keep the reference.

    Returns:
        The policy; `objective` = β · ln Σ reference · exp(r / β).

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        >>> tilted_policy([0.5, 0.5], [0.0, math.log(3)], 1.0).probs
        tensor([0.2500, 0.7500], dtype=torch.float64)

    Source: Rafailov et al. 2023, arXiv:2305.18290, equation 4 and appendix A.1.
    """
    return tilted_policies(reference, rewards, [beta])[0]


def tilted_policies(
    reference: Values, rewards: Values, betas: Sequence[float]
) -> tuple[TiltedPolicy, ...]:
    """Return `tilted_policy` for each of several β, computed together.

    Raises:
        ValueError: as `tilted_policy`.
    """
    p, r = _pair(reference, rewards)
    column = torch.tensor(
        [number("beta", beta, 0.0, low_open=True) for beta in betas], dtype=torch.float64
    )
    r_max = r[p > 0].max()  # subtracted first, so that a tiny beta does not overflow
    weights = p.log() + (r - r_max) / column[:, None]  # (B, K)
    log_z = weights.logsumexp(1)
    probs = (weights - log_z[:, None]).exp()
    kl = (torch.xlogy(probs, probs) - torch.xlogy(probs, p)).sum(1).clamp(min=0)
    numbers = zip((probs @ r).tolist(), kl.tolist(), (r_max + column * log_z).tolist(), strict=True)
    return tuple(TiltedPolicy(row, *values) for row, values in zip(probs, numbers, strict=True))


def best_of_n(reference: Values, rewards: Values, n: int) -> TiltedPolicy:
    """Return the policy that draws n candidates and keeps the one with the highest reward.

    A draw falls on rewards of at most r with probability F(r); the best of n has reward r with
    probability F(r)ⁿ − F(r−)ⁿ. Candidates with equal rewards share it in proportion to the
    reference.

    Args:
        reference: (K,) probabilities.
        rewards: (K,) finite rewards.
        n: Number of draws, at least 1.

    Returns:
        The policy; its `objective` is the expected reward.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        >>> best_of_n([0.5, 0.5], [0.0, 1.0], 2).probs
        tensor([0.2500, 0.7500], dtype=torch.float64)

    Source: Beirami et al. 2024, arXiv:2401.01879, lemma 1.
    """
    p, r = _pair(reference, rewards)
    n = integer("n", n, 1)
    below = torch.stack([p[r < value].sum() for value in r])
    equal = torch.stack([p[r == value].sum() for value in r])
    mass = (below + equal).clamp(max=1) ** n - below**n
    probs = torch.where(equal > 0, mass * p / equal.clamp(min=1e-300), 0.0)
    probs = probs / probs.sum()
    reward = float((probs * r).sum())
    return TiltedPolicy(probs, reward, kl_divergence(probs, p, base=math.e), reward)


def best_of_n_kl(n: int) -> float:
    """Return ln n − (n − 1)/n in nats, an upper bound of the KL divergence of best-of-n.

    It is exact only if no two answers share a reward and each answer is improbable; otherwise
    the divergence is smaller.

    Raises:
        ValueError: if n is not a whole number of at least 1.

    Example:
        >>> best_of_n_kl(1)
        0.0

    Source: Stiennon et al. 2020, arXiv:2009.01325, appendix G.3; Beirami et al. 2024,
    arXiv:2401.01879, theorem 1 (that it is a bound).
    """
    n = integer("n", n, 1)
    return math.log(n) - (n - 1) / n


@dataclass(frozen=True, slots=True)
class DPOLoss:
    """DPO's loss for one pair of answers.

    Attributes:
        loss: In nats.
        margin: Chosen minus rejected implicit reward, β · [(π_c − ref_c) − (π_r − ref_r)] in
            log-probabilities.
        gradient_weight: σ(−margin), the factor on the gradients of both log-probabilities; with
            label smoothing ε, σ(−margin) − ε.
    """

    loss: float
    margin: float
    gradient_weight: float


def dpo_loss(
    policy_chosen: float,
    policy_rejected: float,
    reference_chosen: float,
    reference_rejected: float,
    beta: float = 0.1,
    label_smoothing: float = 0.0,
) -> DPOLoss:
    """Return DPO's loss −ln σ(margin) for one pair of answers.

    The gradient is β · gradient_weight · (∇ ln π(rejected) − ∇ ln π(chosen)).

    Args:
        policy_chosen: ln π(chosen answer), nats, like the next three.
        policy_rejected: ln π(rejected answer).
        reference_chosen: ln π_ref(chosen answer).
        reference_rejected: ln π_ref(rejected answer).
        beta: Above 0.
        label_smoothing: Assumed share ε of swapped labels, 0 to 0.5 (not included): the loss is
            (1 − ε)·(−ln σ(margin)) + ε·(−ln σ(−margin)).

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        >>> dpo_loss(-2, -2, -2, -2).gradient_weight
        0.5

    Source: Rafailov et al. 2023, arXiv:2305.18290, equation 7 and section 4; smoothing: Mitchell
    2023, "A note on DPO with noisy preferences & relationship to IPO".
    """
    chosen = number("policy_chosen", policy_chosen) - number("reference_chosen", reference_chosen)
    rejected = number("policy_rejected", policy_rejected) - number(
        "reference_rejected", reference_rejected
    )
    beta = number("beta", beta, 0.0, low_open=True)
    smoothing = number("label_smoothing", label_smoothing, 0.0, 0.5, high_open=True)
    margin = beta * (chosen - rejected)
    loss = float((1 - smoothing) * softplus([-margin]) + smoothing * softplus([margin]))
    return DPOLoss(loss, margin, float(sigmoid([-margin])) - smoothing)


def _pair(reference: Values, rewards: Values) -> tuple[Tensor, Tensor]:
    p = probabilities("reference", reference).to(torch.float64)
    r = finite("rewards", vector("rewards", rewards)).to(torch.float64)
    if len(p) != len(r):
        raise InputError(
            "rewards must hold one number for each of the {K} candidates; got {got}.",
            K=len(p),
            got=len(r),
        )
    return p / p.sum(), r
