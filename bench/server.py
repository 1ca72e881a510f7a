"""Memory of the server and the processes that measure beside it."""

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
    """The most memory a process has held, in MB; where only the present is known, that."""
    status = Path(f"/proc/{pid}/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return psutil.Process(pid).memory_info().rss / 2**20


def apart(module: str, *arguments: str, patience: float = 300) -> dict[str, float]:
    """What `python -m module` prints as its last line, a JSON object."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=patience,
        # As app.py has it: waiting threads do not spin on the core of what is measured.
        env={"OMP_WAIT_POLICY": "PASSIVE"} | os.environ,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def session_figures(server: Server, visitors: int, seconds: float, way: str) -> list[Figure]:
    """The server's answers to a crowd that moves a slider once a second."""
    pid = str(server.process.pid)
    seen = apart("bench.sessions", server.url, str(visitors), str(seconds), pid, way)
    group = f"{visitors} sessions" + (", Streamlit's way" if way == "streamlit" else "")
    bar = 60.0 if (visitors, way) == (100, "short") else None
    return [
        Figure(group, "slider → answered, p50", seen["p50"]),
        Figure(group, "slider → answered, p95", seen["p95"], "ms", bar),
        Figure(group, "server's processor time per message", seen["spent"]),
        Figure(group, "messages answered", seen["messages"], ""),
        Figure(group, "messages lost", seen["lost"], "", 0),
        Figure(group, "sent on to Streamlit's way", seen["fell"], ""),
    ]


def model_figures() -> list[Figure]:
    """Load, pass, token and memory of the models alone."""
    seen = apart("bench.models")
    return [
        Figure("models", "load from the warmed cache", seen["load"], "s", 2.0),
        Figure("models", "encoder load", seen["encoder load"], "s"),
        Figure("models", "pass of 12 tokens", seen["pass"]),
        Figure("models", "pass of 512 tokens", seen["pass of 512"]),
        Figure("models", "per token, cached", seen["token"]),
        Figure("models", "peak memory, alone", seen["memory"], "MB"),
    ]
