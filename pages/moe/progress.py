"""What both live trainings draw: the experts in the plane, the load and the losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

import ui
from charts import moe as charts
from charts.format import count, number, probability
from core.moe import ToyFrame
from core.moe.toy2d import DEAD_SHARE
from pages.moe import controls
from pages.moe.training import Pace, Snapshot
from ui import _


def pace(speed: ui.IntSlider) -> Pace:
    """Return this visitor's speed, which a run reads before each portion of steps."""
    current = st.session_state.setdefault(f"{speed.key}·pace", Pace())
    current.speed = None if speed.value >= controls.NO_PAUSE else speed.value
    return current


def buttons(run: ui.Run, snapshot: ui.Stepper, key: str) -> None:
    """Draw the run's buttons; while it trains, the latest snapshot is the one shown."""
    if run.busy:
        snapshot.reset()
    ui.run_controls(run, key=key, start_label=_("Train"))


def draw(
    snapshots: Sequence[Snapshot],
    num_experts: int,
    snapshot: ui.Stepper,
    pick: ui.IntSlider,
    key: str,
    weight: float,
) -> Sequence[Snapshot]:
    """Draw winners, load and losses at the chosen snapshot; return the snapshots up to it.

    Args:
        snapshots: The states of the run, oldest first.
        num_experts: Experts that the network has, or will have after copying.
        snapshot: Selects the state.
        pick: Selects the expert whose load is outlined.
        key: Prefix of the figures' keys.
        weight: The weight of the balancing loss in the next step.
    """
    with ui.figure():
        seen = snapshots[: snapshot.draw(len(snapshots)) + 1]
        shown = seen[-1]
        frame = shown.frame
        experts = num_experts if shown.upcycled else 1

        def picked(mark: dict[str, Any]) -> None:
            if isinstance(mark["point"], list):  # a cell of the plane, not one of the points
                row, column = (min(i, len(frame.winner_map) - 1) for i in mark["point"])
                pick.set(int(frame.winner_map[row, column]) + 1)

        ui.plot(
            charts.plane(frame, shown.points, shown.labels, experts),
            key=f"{key}_plane",
            alt=_("Winning expert by place, {n} experts, step {step}; accuracy {accuracy}.").format(
                n=experts, step=frame.step, accuracy=probability(frame.accuracy)
            ),
            height=400,
            on_click=picked,
        )
    with ui.second_figure():
        shares = (f"{charts.name(e)} {probability(s, 2)}" for e, s in enumerate(frame.load.share))
        ui.plot(
            charts.loads(frame, num_experts, pick.value - 1),
            key=f"{key}_loads",
            alt=_("Share of the load: {share}.").format(share=", ".join(shares)),
            height=170,
            on_click=lambda mark: pick.set(mark["x"] + 1),
        )
        label = _("weight of balancing: {w}").format(w=f"{weight:g}")
        ui.plot(
            charts.curves([item.frame for item in seen], _marks(seen), label),
            key=f"{key}_curves",
            alt=charts.loss_words(frame),
            height=230,
        )
    return seen


def load_sentence(frame: ToyFrame) -> str:
    """Say who receives most, and which experts are dead."""
    share = frame.load.share
    busiest = max(range(len(share)), key=share.__getitem__)
    words = (
        _("Step {n}: {expert} receives the most, {share} of the assignments; an even share is "
          "{even}. {dead} receive fewer than {limit} of the points each: they are dead experts "
          "and are hardly trained.")
        if frame.dead
        else _("Step {n}: {expert} receives the most, {share} of the assignments; an even share "
               "is {even}. No expert is dead.")
    )  # fmt: skip
    return words.format(
        n=frame.step,
        expert=charts.name(busiest),
        share=probability(share[busiest]),
        even=probability(1 / len(share)),
        dead=", ".join(charts.name(e) for e in frame.dead),
        limit=probability(DEAD_SHARE, 1),
    )


def pick_sentence(frame: ToyFrame, expert: int) -> str:
    """Work out the share of the load of one expert (from 0)."""
    share = frame.load.share
    if expert >= len(share):
        return _("{expert} does not exist yet: it will be a copy of the dense network.").format(
            expert=charts.name(expert)
        )
    return _(
        "{expert} receives {n} of {all} assignments: {n} / {all} = {share}, which is {times} times "
        "the even share 1 / {experts}. It has the largest gate on {area} of the plane."
    ).format(
        expert=charts.name(expert),
        n=count(int(frame.demand[expert])),
        all=count(int(frame.demand.sum())),
        share=probability(share[expert]),
        times=number(share[expert] * len(share)),
        experts=len(share),
        area=probability(frame.area(expert)),
    )


def _marks(seen: Sequence[Snapshot]) -> list[tuple[int, str]]:
    """Return the steps where the balancing weight changed or the dense network was copied."""
    marks = []
    for i in range(1, len(seen)):
        before, here = seen[i - 1], seen[i]
        if here.check is not None:
            marks.append((here.frame.step, _("copied")))
        elif i > 1 and here.balance_weight != before.balance_weight:
            word = _("balancing {w}").format(w=f"{here.balance_weight:g}")
            marks.append((before.frame.step, word))
    return marks[-6:]


def table(snapshots: Sequence[Snapshot], num_experts: int) -> ui.Table:
    """Return one row a snapshot: step, losses, accuracy and each expert's share of the load."""
    header = [_("step"), _("task loss"), _("balancing loss"), _("accuracy")]
    header += [_("load of {expert}").format(expert=charts.name(e)) for e in range(num_experts)]
    frames = [snapshot.frame for snapshot in snapshots]
    return header, [
        [f.step, f.losses.task, f.losses.balance, f.accuracy, *f.load.share] for f in frames
    ]
