"""A server and a browser for whoever needs the real thing: browser tests, benchmark, pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from tools.site import ROOT

#: Quiet, and deaf to the outside: only names on this machine resolve.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

HOW_TO_GET_A_BROWSER = (
    "No Chromium was found. Get one by `apt-get install chromium` (Debian, Ubuntu), your system's "
    "Chrome, or `.venv/bin/playwright install --with-deps chromium`."
)


def find_browser() -> str | None:
    """Path of the system's Chromium, else of the one that Playwright downloaded, else None."""
    for name in SYSTEM_BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@dataclass(frozen=True, slots=True)
class Server:
    """A running app.

    Attributes:
        url: Its origin, without a slash at the end.
        process: The server's process.
        log: The file that takes its output.
        started: `time.perf_counter()` when the process was started.
        healthy: Seconds from there until it answered.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    started: float
    healthy: float

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rsplit(":", 1)[1].partition("/")[0])

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def serve(
    script: str = "app.py",
    *,
    base: str = "",
    patience: float = 60,
    environment: dict[str, str] | None = None,
) -> Generator[Server]:
    """`streamlit run script` on a free port of 127.0.0.1 until the block ends.

    Args:
        script: The app, relative to the repository.
        base: Sub-path under which it is served, as "/lab-app".
        patience: Seconds within which it must answer.
        environment: Variables set over the present ones.

    Raises:
        RuntimeError: It ended or did not answer; the message holds its output.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}{base}"
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += ["--server.port", str(port), "--server.headless", "true"]
    command += ["--server.baseUrlPath", base] if base else []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        started = time.perf_counter()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}),
            )
        try:
            while not _healthy(url):
                waited = time.perf_counter() - started
                if process.poll() is not None or waited > patience:
                    raise RuntimeError(f"{script} did not start:\n{log.read_text()}")
                time.sleep(0.02)
            yield Server(url, process, log, started, time.perf_counter() - started)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
