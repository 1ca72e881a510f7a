"""A small mixture of experts that classifies points of the plane, trained step by step.

    point (x, y) -> tanh features -> MoE layer -> class scores

Each expert is chosen in some region of the plane. Without balancing some experts are never chosen
and stay dead, because an expert that is never chosen is never trained. The parts are those of a
language model: `MoELayer`, the losses of `core.moe.balancing`, and Adam.

Source of the effect: Shazeer et al. 2017, arXiv:1701.06538, section 4; Switch Transformers,
arXiv:2101.03961, section 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core import checks
from core.errors import InputError
from core.moe.adam import Adam
from core.moe.balancing import (
    LoadStatistics,
    load_balancing_loss,
    load_statistics,
    router_z_loss,
    update_bias,
)
from core.moe.layer import MoELayer, MoETrace
from core.moe.plane import DATASETS, make_dataset, plane_grid
from core.moe.upcycling import upcycle

FEATURES = 16  # width of the point's features, the layer's D
DEAD_SHARE = 0.002  # an expert that wins fewer of the points than this counts as dead


@dataclass(frozen=True, slots=True)
class ToySettings:
    """Everything that decides a run: the same settings give the same frames.

    Attributes:
        dataset: one of `DATASETS`.
        points: training points.
        num_experts: experts E.
        top_k: experts per point.
        expert_dim: hidden width of one expert.
        normalize: as in `core.moe.route`. With top_k 1 and "after" the gate is always 1 and the
            router learns nothing from the task: a mistake worth seeing.
        balance_weight: factor of the load-balancing loss; 0 switches it off.
        z_weight: factor of the router z-loss.
        bias_rate: step of the loss-free bias; 0 switches it off.
        noise: standard deviation of normal noise on the router's logits while training.
        learning_rate: Adam's.
        batch_size: points per step.
        label_noise: spread of the data set around its shape.
        seed: for data, weights, batches and noise.
    """

    dataset: str = "spirals"
    points: int = 768
    num_experts: int = 8
    top_k: int = 1
    expert_dim: int = 8
    normalize: str = "before"
    balance_weight: float = 0.05
    z_weight: float = 0.0
    bias_rate: float = 0.0
    noise: float = 0.0
    learning_rate: float = 0.02
    batch_size: int = 256
    label_noise: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ToyLosses:
    """The losses of one batch: total = task + balance_weight * balance + z_weight * z."""

    step: int
    task: float
    balance: float
    z: float
    total: float

    def weighted(self, balance_weight: float, z_weight: float) -> float:
        """Return the total loss for other weights.

        >>> ToyLosses(0, task=1.0, balance=2.0, z=3.0, total=1.1).weighted(0.5, 0.1)
        2.3
        """
        return self.task + balance_weight * self.balance + z_weight * self.z


@dataclass(frozen=True, slots=True, eq=False)
class ToyFrame:
    """The state after some steps; G x G grids cover `extent` in x and y, row 0 at the bottom.

    Attributes:
        step: optimization steps done.
        losses: of the last batch (of the first one to come, before any step).
        accuracy: share of the training points in the right class.
        demand: (E,) training points that chose each expert (top_k per point).
        load: statistics of it.
        dead: experts that win less than `DEAD_SHARE` of the points.
        bias: (E,) the loss-free selection bias.
        winner_map: (G, G) number of the expert with the largest gate there.
        winner_gate: (G, G) the winner's gate.
        decision: (G, G) the predicted class.
        decision_prob: (G, G) its probability.
        extent: (low, high) of both axes.
        most_balance: the balancing loss if all points went to the same k experts: E / k.
    """

    step: int
    losses: ToyLosses
    accuracy: float
    demand: Tensor
    load: LoadStatistics
    dead: tuple[int, ...]
    bias: Tensor
    winner_map: Tensor
    winner_gate: Tensor
    decision: Tensor
    decision_prob: Tensor
    extent: tuple[float, float]
    most_balance: float

    def area(self, expert: int) -> float:
        """Return the share of the painted square where an expert has the largest gate."""
        return float((self.winner_map == expert).float().mean())


class ToyNetwork(nn.Module):
    """Features, experts, class scores."""

    def __init__(self, settings: ToySettings, classes: int, generator: torch.Generator) -> None:
        """Draw the weights."""
        super().__init__()
        self.embed = nn.Parameter(torch.randn(FEATURES, 3, generator=generator))
        self.moe = MoELayer(
            FEATURES,
            settings.expert_dim,
            settings.num_experts,
            settings.top_k,
            normalize=settings.normalize,
            logit_noise=settings.noise,
            generator=generator,
        )
        self.head = nn.Parameter(torch.randn(classes, FEATURES, generator=generator) / 4)

    def forward(self, points: Tensor, generator: torch.Generator | None = None) -> ToyPass:
        """Return class scores (N, C) of points (N, 2), and the layer's trace."""
        one = points.new_ones(points.shape[0], 1)
        features = torch.tanh(torch.cat([points, one], dim=1) @ self.embed.T)
        trace = self.moe(features, generator)
        return ToyPass(features, trace, trace.output @ self.head.T)


@dataclass(frozen=True, slots=True, eq=False)
class ToyPass:
    """Features (N, F), the MoE layer's trace, class scores (N, C)."""

    features: Tensor
    trace: MoETrace
    scores: Tensor


class ToyTrainer:
    """Trains a `ToyNetwork` in portions, so that a page can draw between them.

    Args:
        settings: see `ToySettings`.

    Raises:
        ValueError: a setting out of its range.

    Example:
        >>> trainer = ToyTrainer(ToySettings(num_experts=3))
        >>> frame = trainer.step(20)
        >>> frame.step, tuple(frame.winner_map.shape)
        (20, (48, 48))
    """

    def __init__(self, settings: ToySettings | None = None) -> None:
        """Make the data and the network; nothing is trained yet."""
        self.settings = settings = ToySettings() if settings is None else settings
        _check_settings(settings)
        self.generator = torch.Generator().manual_seed(settings.seed)
        data = make_dataset(settings.dataset, settings.points, self.generator, settings.label_noise)
        self.points, self.labels, self.classes = data.points, data.labels, data.classes
        self.network = ToyNetwork(settings, data.classes, self.generator)
        self.optimizer = self._new_optimizer()
        self.steps_done = 0
        self.history: list[ToyLosses] = []
        self.load_history: list[tuple[float, ...]] = []

    def step(self, n: int = 1, grid: int = 48) -> ToyFrame:
        """Do `n` optimization steps and return the new state.

        Args:
            n: steps, 0 or more; 0 only looks.
            grid: points per side of the painted grids.

        Returns:
            A `ToyFrame`. `history` and `load_history` of the trainer grow by one entry per step.

        Raises:
            ValueError: `n` or `grid` out of range.
        """
        checks.integer("n", n, 0)
        checks.integer("grid", grid, 2, 512)
        for _ in range(n):
            self._one_step()
        return self._frame(grid)

    def upcycled(self, num_experts: int, top_k: int, normalize: str = "after") -> ToyTrainer:
        """Return a new trainer whose experts are copies of this dense network's one expert.

        Args:
            num_experts: copies.
            top_k: copies per point.
            normalize: "after" leaves the output as it was; "before" scales it by the chosen gates.

        Returns:
            A `ToyTrainer` at this one's step, with this one's weights outside the experts.

        Raises:
            ValueError: this network has more than one expert.

        Source: Komatsuzaki et al. 2023, "Sparse Upcycling", arXiv:2212.05055, section 3.
        """
        if self.settings.num_experts != 1:
            raise InputError(
                "upcycled needs a dense network (num_experts=1); got {num_experts}.",
                num_experts=self.settings.num_experts,
            )
        grown = ToyTrainer(
            replace(self.settings, num_experts=num_experts, top_k=top_k, normalize=normalize)
        )
        with torch.no_grad():
            grown.network.embed.copy_(self.network.embed)
            grown.network.head.copy_(self.network.head)
        result = upcycle(
            self.network.moe.experts,
            num_experts,
            top_k,
            normalize=normalize,
            generator=grown.generator,
        )
        result.layer.logit_noise = self.settings.noise
        grown.network.moe = result.layer
        grown.optimizer = grown._new_optimizer()
        grown.steps_done = self.steps_done
        grown.history, grown.load_history = list(self.history), []
        return grown

    def _new_optimizer(self) -> Adam:
        return Adam(self.network.parameters(), self.settings.learning_rate)

    def _losses(self, scores: Tensor, trace: MoETrace, labels: Tensor) -> tuple[Tensor, ...]:
        task = F.cross_entropy(scores, labels)
        routing = trace.routing
        balance = load_balancing_loss(routing.probs, routing.expert_index)
        z = router_z_loss(trace.router_logits)
        total = task + self.settings.balance_weight * balance + self.settings.z_weight * z
        return task, balance, z, total

    def _one_step(self) -> None:
        settings = self.settings
        pick = torch.randint(settings.points, (settings.batch_size,), generator=self.generator)
        result = self.network(self.points[pick], self.generator if settings.noise > 0 else None)
        losses = self._losses(result.scores, result.trace, self.labels[pick])
        losses[-1].backward()
        self.optimizer.step()
        demand = result.trace.routing.demand
        if settings.bias_rate > 0:
            bias = self.network.moe.selection_bias
            bias.copy_(update_bias(bias, demand, settings.bias_rate).bias)
        self.steps_done += 1
        self.history.append(ToyLosses(self.steps_done, *(float(loss.detach()) for loss in losses)))
        self.load_history.append(tuple((demand / demand.sum()).tolist()))

    @torch.no_grad()
    def _frame(self, grid: int) -> ToyFrame:
        data = self.network(self.points)
        routing = data.trace.routing
        if self.history:
            losses = self.history[-1]
        else:
            parts = self._losses(data.scores, data.trace, self.labels)
            losses = ToyLosses(0, *(float(part) for part in parts))
        plane, extent = plane_grid(grid)
        painted = self.network(plane)
        prob, decision = painted.scores.softmax(dim=-1).max(dim=-1)
        demand = routing.demand
        return ToyFrame(
            step=self.steps_done,
            losses=losses,
            accuracy=float((data.scores.argmax(dim=-1) == self.labels).float().mean()),
            demand=demand,
            load=load_statistics(demand),
            dead=tuple((demand < DEAD_SHARE * self.settings.points).nonzero()[:, 0].tolist()),
            bias=self.network.moe.selection_bias.clone(),
            winner_map=painted.trace.routing.expert_index[:, 0].view(grid, grid),
            winner_gate=painted.trace.routing.gate[:, 0].view(grid, grid),
            decision=decision.view(grid, grid),
            decision_prob=prob.view(grid, grid),
            extent=extent,
            most_balance=self.settings.num_experts / self.settings.top_k,
        )


def _check_settings(settings: ToySettings) -> None:
    checks.choice("dataset", settings.dataset, DATASETS)
    checks.integer("points", settings.points, 8, 100_000)
    checks.integer("num_experts", settings.num_experts, 1, 64)
    checks.integer("top_k", settings.top_k, 1, settings.num_experts)
    checks.integer("expert_dim", settings.expert_dim, 1, 1024)
    checks.choice("normalize", settings.normalize, ("after", "before"))
    checks.integer("batch_size", settings.batch_size, 1, 100_000)
    checks.integer("seed", settings.seed, 0, 2**63 - 1)
    for name in ("balance_weight", "z_weight", "bias_rate", "noise", "label_noise"):
        checks.number(name, getattr(settings, name), 0.0, 100.0)
    checks.number("learning_rate", settings.learning_rate, 0.0, 10.0, low_open=True)
