"""The small transformer of the normalization page, trained under a learning-rate schedule."""

from __future__ import annotations

from core.normalization.tiny_training import TinyTrainer, TrainingSettings
from core.optimizers.schedules import SCHEDULES, learning_rate
from core.plain_checks import choice, integer

LAYERS = 2


class ScheduledTrainer(TinyTrainer):
    """Trains a pre-LN character model of two layers with Adam; its rate follows a schedule.

    Trainers that differ in the schedule only begin with the same weights and see the same examples
    in the same order.

    Args:
        text: at least two characters; the examples are random pieces of it.
        kind: one of `SCHEDULES`.
        total: number of updates of the schedule, at least 1.
        peak: highest learning rate, in (0, 1].
        warmup: number of updates of the warm-up.
        seed: of the weights and of the order of the examples.

    Raises:
        InputError: for a text that is too short, and for a value outside its range.

    Example:
        >>> trainer = ScheduledTrainer("to be or not to be", "linear", 4, 0.1, warmup=2)
        >>> [trainer.step().learning_rate for _ in range(4)]
        [0.0, 0.05, 0.1, 0.05]

    Source: as `learning_rate` and `TinyTrainer`.
    """

    def __init__(
        self, text: str, kind: str, total: int, peak: float, warmup: int = 0, seed: int = 0
    ) -> None:
        """Draw the initial weights."""
        self.kind = choice("kind", kind, SCHEDULES)
        self.total = integer("total", total, 1)
        settings = TrainingSettings(
            "pre", layers=LAYERS, learning_rate=peak, warmup=warmup, seed=seed
        )
        super().__init__(text, settings)

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next update."""
        one = self.settings
        return learning_rate(self.kind, self.updates, self.total, one.learning_rate, one.warmup)
