"""Measure the server's memory, and run measurements in separate processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from bench.figures import Figure
from tools.serving import Server
from tools.site import ROOT


def peak_memory(pid: int) -> float:
    """Return a process's peak memory in MB, or its current memory if the peak is not available."""
    status = Path(f"/proc/{pid}/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return psutil.Process(pid).memory_info().rss / 2**20


def run_module(module: str, *arguments: str, patience: float = 300) -> dict[str, float]:
    """Run `python -m module` and return the JSON object on its last line of output."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patience,
        # Like app.py: waiting threads must not spin on the cores that are being measured.
        env={"OMP_WAIT_POLICY": "PASSIVE"} | os.environ,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def session_figures(server: Server, visitors: int, seconds: float, way: str) -> list[Figure]:
    """Measure the server's responses to many visitors who each move a slider once per second."""
    pid = str(server.process.pid)
    seen = run_module("bench.sessions", server.url, str(visitors), str(seconds), pid, way)
    group = f"{visitors} sessions" + (", Streamlit reruns" if way == "streamlit" else "")
    bar = 60.0 if way == "fast" and visitors >= 100 else None
    return [
        Figure(group, "slider → answered, p50", seen["p50"]),
        Figure(group, "slider → answered, p95", seen["p95"], "ms", bar),
        Figure(group, "until everyone's page is drawn", seen["arrived"], "s"),
        Figure(group, "server CPU time per message", seen["spent"]),
        Figure(group, "messages answered", seen["messages"], ""),
        Figure(group, "messages lost", seen["lost"], "", 0),
        Figure(group, "fallbacks to a Streamlit rerun", seen["fell"], ""),
    ]


def model_figures() -> list[Figure]:
    """Measure loading, forward passes, tokens and memory of the models alone."""
    seen = run_module("bench.models")
    return [
        Figure("models", "load from the warmed cache", seen["load"], "s", 2.0),
        Figure("models", "encoder load", seen["encoder load"], "s"),
        Figure("models", "pass of 12 tokens", seen["pass"]),
        Figure("models", "pass of 512 tokens", seen["pass of 512"]),
        Figure("models", "per token, cached", seen["token"]),
        Figure("models", "peak memory, alone", seen["memory"], "MB"),
    ]
