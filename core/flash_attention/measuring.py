"""Plain and fused attention measured on this machine; run as a script, a process that measures.

The process reads one request per line from its input and writes one result per line. It has a low
priority, and ends when its input ends or when no request comes for a while.
"""

from __future__ import annotations

import json
import os
import select
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from core.attention import causal_mask
from core.checks import choice, integer
from core.errors import InputError

KERNELS = ("plain", "fused")
MOST_BYTES = {"cpu": 640 * 2**20, "cuda": 8 * 2**30}  # that one attention may allocate
LONGEST = {"cpu": 8192, "cuda": 65536}  # tokens
MOST_HEAD_DIM = 256
ENOUGH_S, LEAST_RUNS, MOST_RUNS = 0.25, 3, 15  # repeat until so much is measured
IDLE_S = 30.0  # the process ends if no request comes for so long
FUSED = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]


@dataclass(frozen=True, slots=True)
class Measured:
    """One kernel's attention of one head, measured.

    Attributes:
        kernel: "plain" or "fused".
        length: Tokens T.
        seconds: Time of the fastest run; other programs can only add to it.
        peak_bytes: The most memory that torch held at a time beyond q, k and v.
        runs: How many runs were timed.
    """

    kernel: str
    length: int
    seconds: float
    peak_bytes: int
    runs: int


def device_of_measurement() -> tuple[str, str]:
    """Return the device that torch finds ("cuda" or "cpu") and its number format's name."""
    return ("cuda", "float16") if torch.cuda.is_available() else ("cpu", "float32")


def lengths_to_measure(kernel: str, device: str) -> list[int]:
    """Return powers of two from 128 up to what the bounds on memory and time allow.

    Plain attention holds two T×T matrices at a time, a causal one a third.
    """
    choice("kernel", kernel, KERNELS)
    choice("device", device, tuple(LONGEST))
    size = 2 if device == "cuda" else 4
    longest = LONGEST[device]
    while kernel == "plain" and 3 * size * longest**2 > MOST_BYTES[device]:
        longest //= 2
    return [2**n for n in range(7, longest.bit_length())]


def plain_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """Compute attention in three steps, each of which stores a whole T×T matrix."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    if causal:
        scores.masked_fill_(~causal_mask(q.shape[-2]).to(q.device), -torch.inf)
    return torch.softmax(scores, dim=-1) @ v


def fused_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """Compute attention by torch's fused kernel, which never stores a T×T matrix."""
    with sdpa_kernel(FUSED):
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)


def measure(kernel: str, length: int, head_dim: int = 64, causal: bool = True) -> Measured:
    """Measure one head's attention: time without, memory with an observer.

    Args:
        kernel: "plain" or "fused".
        length: Tokens, one of `lengths_to_measure`.
        head_dim: Head size, from 1 to 256.
        causal: Whether a query attends only to itself and earlier keys.

    Raises:
        ValueError: An argument is out of range.
    """
    device, dtype = device_of_measurement()
    allowed = lengths_to_measure(choice("kernel", kernel, KERNELS), device)
    if length not in allowed:
        raise InputError("length must be one of {options}; got {got}.", options=allowed, got=length)
    head_dim = integer("head_dim", head_dim, 1, MOST_HEAD_DIM)
    generator = torch.Generator().manual_seed(0)
    q, k, v = (
        torch.randn(1, 1, length, head_dim, generator=generator).to(device, getattr(torch, dtype))
        for _ in range(3)
    )
    function = plain_attention if kernel == "plain" else fused_attention

    def run() -> None:
        function(q, k, v, causal)
        if device == "cuda":
            torch.cuda.synchronize()

    with torch.inference_mode():
        run()  # The first run also initializes the kernel.
        times: list[float] = []
        while len(times) < LEAST_RUNS or (sum(times) < ENOUGH_S and len(times) < MOST_RUNS):
            began = time.perf_counter()
            run()
            times.append(time.perf_counter() - began)
        peak = _peak_bytes(run, device)
    return Measured(kernel, length, min(times), peak, len(times))


def _peak_bytes(run: Callable[[], None], device: str) -> int:
    """Return the most memory that torch's allocator hands out during a run."""
    if device == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        run()
        return torch.cuda.max_memory_allocated() - before
    # `torch.profiler.profile` would first import torch's compiler, which takes seconds.
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(path))
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    changes = [(e["ts"], e["args"]["Bytes"]) for e in events if e.get("name") == "[memory]"]
    held = peak = 0
    for _time, change in sorted(changes, key=lambda entry: entry[0]):
        held += change
        peak = max(peak, held)
    return peak


def answer(line: str) -> str:
    """Return the result of one request, both as JSON; an error's message under "error"."""
    request: dict[str, Any] = json.loads(line)
    try:
        return json.dumps(asdict(measure(**request)))
    except (ValueError, RuntimeError, MemoryError) as error:
        return json.dumps({"error": str(error)})


def main() -> None:
    """Answer requests until the input ends or stays idle."""
    with suppress(AttributeError, OSError):
        os.nice(10)  # Sliders come first; not every system has priorities.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    while True:
        if sys.platform != "win32" and not select.select([sys.stdin], [], [], IDLE_S)[0]:
            return
        line = sys.stdin.readline()
        if not line:
            return
        print(answer(line), flush=True)


if __name__ == "__main__":
    main()
