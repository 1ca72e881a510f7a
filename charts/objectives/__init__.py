"""Figures of the page on training objectives."""

from charts.objectives.losses import losses
from charts.objectives.policies import plane, policies

__all__ = ["losses", "plane", "policies"]
