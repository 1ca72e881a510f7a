"""Figures of the page on training objectives."""

from charts.objectives.losses import losses
from charts.objectives.pairs import dpo, preference
from charts.objectives.policies import plane, policies
from charts.objectives.training import answers, before_and_after, by_right, group

__all__ = [
    "answers",
    "before_and_after",
    "by_right",
    "dpo",
    "group",
    "losses",
    "plane",
    "policies",
    "preference",
]
