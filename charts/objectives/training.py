"""The log-probabilities of two answers, the advantages of a group, and the effect of a step."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from charts.i18n import _
from charts.objectives.policies import short
from charts.theme import Spec, axis, escape, figure

MARGIN = {"l": 60, "r": 14, "t": 12, "b": 46}


def answers(values: tuple[float, float, float, float]) -> Spec:
    """Draw the log-probabilities of both answers: chosen, rejected, and the reference's two."""
    chosen, rejected, reference_chosen, reference_rejected = values

    def bars(name: str, y: list[float], color: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": [0, 1],
            "y": y,
            "marker": {"color": color},
            "hovertemplate": f"{name}: %{{y:.1f}}<extra></extra>",
        }

    return figure(
        bars("π_ref", [reference_chosen, reference_rejected], "@p"),
        bars("π", [chosen, rejected], "@q"),
        margin=MARGIN,
        xaxis=axis(
            None,
            tickvals=[0, 1],
            ticktext=[_("chosen answer"), _("rejected answer")],
            range=[-0.5, 1.5],
            fixedrange=True,
        ),
        yaxis=axis(_("ln probability in nats"), range=[-62, 0], fixedrange=True),
    )


def group(advantages: Tensor, right: int) -> Spec:
    """Draw the advantage of every answer of a group; the first `right` ones are correct."""
    size = len(advantages)
    numbers = list(range(1, size + 1))

    def bars(name: str, first: int, last: int, color: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": numbers[first:last],
            "y": advantages[first:last].tolist(),
            "marker": {"color": color},
            "hovertemplate": f"{name} %{{x}}: %{{y:.3f}}<extra></extra>",
        }

    return figure(
        bars(_("correct answer"), 0, right, "@positive"),
        bars(_("wrong answer"), right, size, "@negative"),
        margin=MARGIN,
        barmode="overlay",
        xaxis=axis(_("answer"), range=[0.5, size + 0.5], dtick=1, fixedrange=True),
        yaxis=axis(_("advantage"), range=_reach(size), fixedrange=True),
    )


def _reach(size: int) -> list[float]:
    """Return an axis for the advantages of any group of a size: at most (n - 1) / √n."""
    most = 1.1 * (size - 1) / size**0.5
    return [-most, most]


def by_right(groups: Sequence[Tensor], right: int) -> Spec:
    """Draw the advantages of a correct and a wrong answer by the number of correct ones."""
    size = len(groups) - 1

    def line(name: str, y: list[float], first: int, color: str) -> Spec:
        xs = list(range(first, first + len(y)))
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": xs,
            "y": y,
            "line": {"color": color, "width": 3},
            "marker": {"color": color, "size": [15 if x == right else 7 for x in xs]},
            "hovertemplate": f"{name}, %{{x}}: %{{y:.3f}}<extra></extra>",
        }

    return figure(
        line(_("correct answer"), [float(g[0]) for g in groups[1:]], 1, "@positive"),
        line(_("wrong answer"), [float(g[-1]) for g in groups[:-1]], 0, "@negative"),
        margin=MARGIN,
        xaxis=axis(_("correct answers"), range=[-0.4, size + 0.4], dtick=1, fixedrange=True),
        yaxis=axis(_("advantage"), range=_reach(size), fixedrange=True),
    )


def before_and_after(before: Tensor, after: Tensor, names: Sequence[str], title: str) -> Spec:
    """Draw a few next-token probabilities before (blue) and after (orange) a step."""
    places = list(range(len(names)))

    def bars(name: str, y: Tensor, color: str) -> Spec:
        return {
            "type": "bar",
            "name": name,
            "x": places,
            "y": y.tolist(),
            "marker": {"color": color},
            "hovertemplate": f"{name}: %{{y:.4f}}<extra></extra>",
        }

    return figure(
        bars(_("before the step"), before, "@p"),
        bars(_("after the step"), after, "@q"),
        margin=MARGIN,
        xaxis=axis(
            _("next token {where}").format(where=title),
            tickvals=places,
            ticktext=[escape(short(name)) for name in names],
            tickangle=0,
            range=[-0.5, len(names) - 0.5],
            fixedrange=True,
        ),
        yaxis=axis(_("probability"), range=[0, 1.02], fixedrange=True),
    )
