"""Two distributions compared by every measure, and a classifier's loss in the same terms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.information import measures


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything there is to say about p and q, in units of `base`.

    Attributes:
        base: 2 is bits, e is nats.
        p, q: (N,) float64.
        self_information_p, self_information_q: (N,) -log p, -log q.
        entropy_p, entropy_q: H(p), H(q).
        cross_entropy: H(p, q) = entropy_p + kl, always.
        reverse_cross_entropy: H(q, p) = entropy_q + reverse_kl.
        kl: D(p‖q), the sum of `pointwise`.
        reverse_kl: D(q‖p), the sum of `reverse_pointwise`.
        js: Jensen-Shannon divergence.
        perplexity_p, perplexity_q: 2 to the entropy in bits.
        pointwise: (N,) p · log(p / q).
        reverse_pointwise: (N,) q · log(q / p).
        infinite: outcomes with q = 0 < p, which make `kl` infinite.
        reverse_infinite: outcomes with p = 0 < q, which make `reverse_kl` infinite.
    """

    base: float
    p: Tensor
    q: Tensor
    self_information_p: Tensor
    self_information_q: Tensor
    entropy_p: float
    entropy_q: float
    cross_entropy: float
    reverse_cross_entropy: float
    kl: float
    reverse_kl: float
    js: float
    perplexity_p: float
    perplexity_q: float
    pointwise: Tensor
    reverse_pointwise: Tensor
    infinite: tuple[int, ...]
    reverse_infinite: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClassifierLoss:
    """A classifier's cross-entropy loss, taken apart. All numbers in units of `base`.

    Attributes:
        base: 2 is bits, e is nats (what training frameworks report).
        probs: (K,) softmax of the logits, the q of the loss.
        target: (K,) the p of the loss: one-hot, or smoothed.
        loss: H(target, probs) = target_entropy + kl = (1 - smoothing) · surprise
            + smoothing · mean_surprise.
        target_entropy: H(target): what no classifier can get below; 0 for a one-hot target.
        kl: D(target‖probs): what training can still remove.
        surprise: -log of the probability of the right class.
        mean_surprise: -log probability averaged over all classes.
        pointwise: (K,) target · -log probs, the terms of the loss.
        gradient: (K,) probs - target, the slope of the loss in nats along each logit.
    """

    base: float
    probs: Tensor
    target: Tensor
    loss: float
    target_entropy: float
    kl: float
    surprise: float
    mean_surprise: float
    pointwise: Tensor
    gradient: Tensor


def compare(p: measures.Distribution, q: measures.Distribution, base: float = 2.0) -> Comparison:
    """Return every measure between two distributions.

    Args:
        p: (N,) probabilities.
        q: (N,) probabilities.
        base: of the logarithm, above 1.

    Returns:
        A Comparison.

    Raises:
        ValueError: if one is no distribution, the sizes differ, or the base is not above 1.

    Example:
        For p = [0.5, 0.5], q = [0.75, 0.25]: cross_entropy 1.2075 = entropy_p 1 + kl 0.2075.

    Source: Cover and Thomas (2006), chapter 2; identity H(p, q) = H(p) + D(p‖q).
    """
    first, second = measures.pair(p, q)
    return Comparison(
        base=float(base),
        p=first,
        q=second,
        self_information_p=measures.self_information(first, base),
        self_information_q=measures.self_information(second, base),
        entropy_p=measures.entropy(first, base),
        entropy_q=measures.entropy(second, base),
        cross_entropy=measures.cross_entropy(first, second, base),
        reverse_cross_entropy=measures.cross_entropy(second, first, base),
        kl=measures.kl_divergence(first, second, base),
        reverse_kl=measures.kl_divergence(second, first, base),
        js=measures.js_divergence(first, second, base),
        perplexity_p=measures.perplexity(first),
        perplexity_q=measures.perplexity(second),
        pointwise=measures.pointwise_kl(first, second, base),
        reverse_pointwise=measures.pointwise_kl(second, first, base),
        infinite=_outcomes((second == 0) & (first > 0)),
        reverse_infinite=_outcomes((first == 0) & (second > 0)),
    )


def smooth_labels(target: int, classes: int, smoothing: float) -> Tensor:
    """Return a classifier's target with label smoothing: 1 - ε on the class, ε spread over all.

    Args:
        target: the right class, from 0.
        classes: how many there are.
        smoothing: ε from 0 (one-hot) to 1 (uniform).

    Returns:
        (classes,) float64 probabilities; the right class also gets its share ε / K.

    Raises:
        ValueError: if the class is not among the classes or ε is no probability.

    Example:
        `smooth_labels(0, 4, 0.2)` is `[0.85, 0.05, 0.05, 0.05]`.

    Source: Szegedy et al. (2016), "Rethinking the Inception Architecture", section 7.
    """
    classes = checks.integer("classes", classes, 1)
    target = checks.integer("target", target, 0, classes - 1)
    smoothing = checks.number("smoothing", smoothing, 0.0, 1.0)
    labels = torch.full((classes,), smoothing / classes, dtype=torch.float64)
    labels[target] += 1.0 - smoothing
    return labels


def classifier_loss(
    logits: Tensor | Sequence[float], target: int, smoothing: float = 0.0, base: float = math.e
) -> ClassifierLoss:
    """Return a classifier's loss: the cross-entropy of its target and its softmax.

    Args:
        logits: (K,) finite numbers.
        target: the right class, from 0.
        smoothing: ε of label smoothing.
        base: of the logarithm; e (nats) is what frameworks report.

    Returns:
        A ClassifierLoss.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        Logits 0 and 0: the loss is log 2 = 0.693 nats, whatever the target.

    Source: Goodfellow, Bengio, Courville (2016), "Deep Learning", section 6.2.2.3.
    """
    x = checks.vector("logits", logits).detach().to(torch.float64)
    if not bool(torch.isfinite(x).all()):
        raise InputError(
            "logits must be finite; got {got}.",
            got=checks.short(x.tolist()),
        )
    labels = smooth_labels(target, x.numel(), smoothing).to(x.device)
    surprise = -x.log_softmax(0) / math.log(checks.number("base", base, 1.0, low_open=True)) + 0.0
    pointwise = labels * surprise
    target_entropy = measures.entropy(labels, base)
    loss = float(pointwise.sum())
    probs = x.softmax(0)
    return ClassifierLoss(
        base=float(base),
        probs=probs,
        target=labels,
        loss=loss,
        target_entropy=target_entropy,
        kl=max(0.0, loss - target_entropy),
        surprise=float(surprise[target]),
        mean_surprise=float(surprise.mean()),
        pointwise=pointwise,
        gradient=probs - labels,
    )


def _outcomes(mask: Tensor) -> tuple[int, ...]:
    return tuple(mask.nonzero().flatten().tolist())
