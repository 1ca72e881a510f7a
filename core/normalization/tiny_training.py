"""A small character model in training, with the norm before or after each sublayer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checks import choice, integer, number, short
from core.errors import InputError
from core.moe.adam import Adam
from core.normalization.deepnorm import deepnorm_constants
from core.normalization.stacks import PLACEMENTS, run_stack, stack_weights
from core.provenance import Printed

#: Machine translation, IWSLT14 German–English, post-LN trained with Adam and no warm-up.
BLEU_WITHOUT_WARMUP = Printed(
    "8.45", "Xiong et al. (2020), arXiv:2002.04745", "section 3.2", "BLEU"
)
SHORTEST_TEXT = 2  # characters: one to read, one to predict


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What a run of training depends on, besides its text.

    Attributes:
        placement: "pre", "post" or "deepnorm".
        layers: 1 to 48.
        learning_rate: of Adam (β₁ = 0.9, β₂ = 0.98), more than 0, at most 1.
        warmup: updates over which the learning rate rises linearly; 0 = none.
        seed: of the weights and of the order of the examples.
        width: D, features per token.
        batch: B, examples per update.
        length: T, characters per example.
    """

    placement: str
    layers: int = 8
    learning_rate: float = 3e-3
    warmup: int = 0
    seed: int = 0
    width: int = 32
    batch: int = 8
    length: int = 16

    def __post_init__(self) -> None:
        """Raise a ValueError for a value outside its range."""
        choice("placement", self.placement, PLACEMENTS)
        integer("layers", self.layers, 1, 48)
        number("learning_rate", self.learning_rate, 0.0, 1.0, low_open=True)
        integer("warmup", self.warmup, 0)
        integer("seed", self.seed, 0)
        for name in ("width", "batch", "length"):
            integer(name, getattr(self, name), 1)


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One update.

    Attributes:
        loss: cross-entropy of the batch before the update, nats per character; NaN once the
            training has diverged.
        learning_rate: of this update.
        gradient_norm: Euclidean norm of the gradient of all weights.
    """

    loss: float
    learning_rate: float
    gradient_norm: float


def unigram_entropy(text: str) -> float:
    """Return the entropy of a text's characters in nats.

    It is the lowest loss of a model that predicts every character from frequencies alone.

    Raises:
        ValueError: for an empty text.

    Example:
        >>> round(unigram_entropy("aabb"), 4)  # ln 2
        0.6931
    """
    counts = _character_ids(text)[0].bincount().double()
    p = counts / counts.sum()
    return float(-(p * p.log()).sum())


class TinyTrainer:
    """Trains a causal transformer on the characters of a text.

    All runs with the same seed, layers and sizes begin with the same weights (DeepNorm's scaled by
    β) and see the same examples in the same order.

    Args:
        text: at least two characters; the examples are random pieces of it.
        settings: everything else.

    Raises:
        ValueError: for a text that is too short.

    Example:
        >>> trainer = TinyTrainer("to be or not to be", TrainingSettings("pre", layers=2))
        >>> first = trainer.step().loss
        >>> for _ in range(50): last = trainer.step().loss
        >>> last < first
        True

    Source: Xiong et al. 2020, arXiv:2002.04745, section 4 (both placements with and without
    warm-up).
    """

    def __init__(self, text: str, settings: TrainingSettings) -> None:
        """Draw the initial weights."""
        self.settings = settings
        self.ids, self.characters = _character_ids(text)
        self.length = min(settings.length, len(self.ids) - 1)
        self.generator = torch.Generator().manual_seed(settings.seed)
        D, V = settings.width, len(self.characters)
        self.embedding = torch.randn(V, D, generator=self.generator)
        self.positions = torch.randn(self.length, D, generator=self.generator) * 0.1
        self.head = torch.randn(V, D, generator=self.generator) * (2.0 / (V + D)) ** 0.5
        deep = settings.placement == "deepnorm"
        beta = deepnorm_constants(settings.layers).beta if deep else 1.0
        self.layers = stack_weights(settings.layers, D, self.generator, beta=beta)
        parameters = [self.embedding, self.positions, self.head, *self.layers.values()]
        for parameter in parameters:
            parameter.requires_grad_()
        self.adam = Adam(parameters, settings.learning_rate, beta2=0.98)
        self.updates = 0
        self.diverged = False

    def step(self) -> TrainingStep:
        """Do one update and return its numbers; after the training has diverged, do nothing."""
        if self.diverged:
            return TrainingStep(torch.nan, self.learning_rate, torch.nan)
        loss = self.loss(self._examples())
        if not bool(loss.isfinite()):
            self.diverged = True
            return self.step()
        loss.backward()
        norms = torch.stack([p.grad.norm() for p in self.adam.parameters if p.grad is not None])
        self.adam.learning_rate = rate = self.learning_rate
        self.adam.step()
        for parameter in self.adam.parameters:
            parameter.grad = None
        self.updates += 1
        self.diverged = not all(bool(p.isfinite().all()) for p in self.adam.parameters)
        return TrainingStep(float(loss.detach()), rate, float(norms.norm()))

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next update."""
        warmup = self.settings.warmup
        share = min(1.0, (self.updates + 1) / warmup) if warmup else 1.0
        return self.settings.learning_rate * share

    def loss(self, rows: Tensor) -> Tensor:
        """Return the mean cross-entropy in nats of predicting rows[:, 1:] from rows[:, :-1]."""
        x = F.embedding(rows[:, :-1], self.embedding) + self.positions
        heads = 2 if self.settings.width % 2 == 0 else 1
        placement = self.settings.placement
        output = run_stack(x, self.layers, placement, heads=heads, causal=True)
        return F.cross_entropy(F.linear(output, self.head).flatten(0, 1), rows[:, 1:].flatten())

    def _examples(self) -> Tensor:
        last = len(self.ids) - self.length
        starts = torch.randint(last, (self.settings.batch,), generator=self.generator)
        return self.ids[starts[:, None] + torch.arange(self.length + 1)]


def _character_ids(text: str) -> tuple[Tensor, tuple[str, ...]]:
    if not isinstance(text, str) or len(text) < SHORTEST_TEXT:
        raise InputError(
            "text must have at least {least} characters; got {got}.",
            least=SHORTEST_TEXT,
            got=short(text),
        )
    characters = tuple(sorted(set(text)))
    place = {character: i for i, character in enumerate(characters)}
    return torch.tensor([place[character] for character in text]), characters
