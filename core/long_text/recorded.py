"""The recorded measurement of attention sinks, and the paper's numbers."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.provenance import Printed

DATA = Path(__file__).resolve().parents[2] / "data" / "long_text"

_SOURCE, _PLACE = "Xiao et al. (2023), arXiv:2309.17453", "Table 1"
#: Perplexity of Llama-2-13B on the first book (65K tokens) of PG-19's test set by first tokens kept
#: and last tokens kept.
PRINTED_PERPLEXITY = {
    (0, 1024): Printed("5158.07", _SOURCE, _PLACE),
    (4, 1020): Printed("5.40", _SOURCE, _PLACE),
}


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One measured setting.

    Attributes:
        cache: Size of the cache in tokens.
        sinks: First tokens that it always keeps.
        nll: Mean −log p in nats of each block of tokens.
        full: Whether the cache holds the whole text.
    """

    cache: int
    sinks: int
    nll: tuple[float, ...]
    full: bool

    def perplexity(self, first: int, last: int) -> float:
        """Return the perplexity of blocks `first` to `last` − 1."""
        part = self.nll[first:last]
        return math.exp(sum(part) / len(part))


@dataclass(frozen=True, slots=True)
class SinksRecord:
    """What `make sinks` has measured: tokens of the text, tokens per block, the runs."""

    length: int
    block: int
    runs: tuple[RecordedRun, ...]


@cache
def sinks_record() -> SinksRecord:
    """Return the recorded measurement of `training/attention_sinks.py`."""
    raw = json.loads((DATA / "sinks.json").read_text())
    runs = tuple(
        RecordedRun(run["cache"], run["sinks"], tuple(run["nll"]), run["cache"] >= raw["length"])
        for run in raw["runs"]
    )
    return SinksRecord(raw["length"], raw["block"], runs)
