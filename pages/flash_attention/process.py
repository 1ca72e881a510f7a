"""The process that measures: one for the whole server, started on demand, asked by one thread."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.flash_attention.measuring import Measured
from ui.jobs import Worker

ROOT = Path(__file__).resolve().parents[2]
KEPT_S = 600.0  # for so long a result also serves other visitors
ANSWER_S = 120.0  # the process is ended if an answer takes longer


@dataclass(frozen=True, slots=True)
class Failure:
    """A measurement that failed, and why."""

    kernel: str
    length: int
    message: str


@cache
def worker() -> Worker:
    """Return the worker whose single thread asks the process, one request at a time."""
    return Worker(budget=0)


_process: subprocess.Popen[str] | None = None
_kept: dict[tuple[str, int, int, bool], tuple[float, Measured]] = {}


def measured(request: tuple[str, int, int, bool]) -> Measured | Failure:
    """Return a measurement; wait for the process. Called on the worker's thread only."""
    known = _kept.get(request)
    if known is not None and time.monotonic() - known[0] < KEPT_S:
        return known[1]
    kernel, length, head_dim, causal = request
    question = {"kernel": kernel, "length": length, "head_dim": head_dim, "causal": causal}
    try:
        try:
            answer = _ask(question)
        except BrokenPipeError:  # The idle process ended just now.
            answer = _ask(question)
    except (OSError, ValueError) as error:
        return Failure(kernel, length, str(error))
    if "error" in answer:
        return Failure(kernel, length, answer["error"])
    result = Measured(**answer)
    _kept[request] = (time.monotonic(), result)
    return result


def _ask(request: dict[str, str | int | bool]) -> dict[str, Any]:
    global _process
    if _process is None or _process.poll() is not None:
        _process = subprocess.Popen(
            [sys.executable, "-m", "core.flash_attention.measuring"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    asked = _process
    assert asked.stdin is not None
    assert asked.stdout is not None
    late = threading.Timer(ANSWER_S, asked.kill)
    late.daemon = True
    late.start()
    try:
        asked.stdin.write(json.dumps(request) + "\n")
        asked.stdin.flush()
        line = asked.stdout.readline()
    finally:
        late.cancel()
    if not line:
        with suppress(OSError):
            asked.kill()
        raise OSError("the process that measures ended")
    return json.loads(line)
