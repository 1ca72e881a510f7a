"""Figures of the page "Long text"."""

from __future__ import annotations

from charts.long_text.chunks import MOST_BARS, sizes
from charts.long_text.cost import cost
from charts.long_text.memory import method_names, recalls
from charts.long_text.retrieval import scores
from charts.long_text.sinks import losses, run_name

__all__ = ["MOST_BARS", "cost", "losses", "method_names", "recalls", "run_name", "scores", "sizes"]
