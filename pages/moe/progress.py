"""What both live trainings draw: who wins where, the load and the losses at a snapshot."""

from __future__ import annotations

from collections.abc import Sequence

import ui
from charts import moe as charts
from charts.format import number, probability
from pages.moe.training import Snapshot
from ui import _


def buttons(run: ui.Run, snapshot: ui.Stepper, key: str) -> None:
    """Draw the run's buttons; while it trains, the latest snapshot is the one shown."""
    if run.busy:
        snapshot.reset()
    ui.run_controls(run, key=key, start_label=_("Train"))


def draw(
    snapshots: Sequence[Snapshot], num_experts: int, snapshot: ui.Stepper, key: str
) -> Sequence[Snapshot]:
    """Draw winners, load and losses at the chosen snapshot; return the snapshots up to it."""
    with ui.figure():
        seen = snapshots[: snapshot.draw(len(snapshots)) + 1]
        shown = seen[-1]
        frame = shown.frame
        count = num_experts if shown.upcycled else 1
        ui.plot(
            charts.plane(frame, shown.points, shown.labels, count),
            key=f"{key}_plane",
            alt=_("Winning expert by place, {n} experts, step {step}; accuracy {accuracy}.").format(
                n=count, step=frame.step, accuracy=probability(frame.accuracy)
            ),
            height=400,
        )
    with ui.second_figure():
        shares = (f"{charts.name(e)} {probability(s, 2)}" for e, s in enumerate(frame.load.share))
        ui.plot(
            charts.loads(frame),
            key=f"{key}_loads",
            alt=_("Share of the load: {share}.").format(share=", ".join(shares)),
            height=170,
        )
        ui.plot(
            charts.curves([item.frame for item in seen], _marks(seen)),
            key=f"{key}_curves",
            alt=charts.loss_words(frame),
            height=230,
        )
    return seen


def _marks(seen: Sequence[Snapshot]) -> list[tuple[int, str]]:
    """Return the steps where the balancing weight changed or the dense network was copied."""
    marks = []
    for i in range(1, len(seen)):
        before, here = seen[i - 1], seen[i]
        if here.check is not None:
            marks.append((here.frame.step, _("copied")))
        elif i > 1 and here.balance_weight != before.balance_weight:
            word = _("balancing {w}").format(w=number(here.balance_weight))
            marks.append((before.frame.step, word))
    return marks[-6:]


def table(snapshots: Sequence[Snapshot], num_experts: int) -> ui.Table:
    """Return one row a snapshot: step, losses, accuracy and each expert's share of the load."""
    header = ["step", "task_loss", "balancing_loss", "accuracy"]
    header += [f"load_{charts.name(e)}" for e in range(num_experts)]
    frames = [snapshot.frame for snapshot in snapshots]
    return header, [
        [f.step, f.losses.task, f.losses.balance, f.accuracy, *f.load.share] for f in frames
    ]
