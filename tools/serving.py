"""Start a server and find a browser, for browser tests, the benchmark and screenshots."""

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

#: No background activity and no network access: only local host names resolve.
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
    "Chromium was not found. Install it with `apt-get install chromium` (Debian, Ubuntu), install "
    "Chrome, or run `.venv/bin/playwright install --with-deps chromium`."
)


def find_browser() -> str | None:
    """Return the path of the system's Chromium, else of Playwright's, else None."""
    for name in SYSTEM_BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True, slots=True)
class Server:
    """A running app.

    Attributes:
        url: Its origin, without a slash at the end.
        process: The server's process.
        log: The file with its output.
        started: `time.perf_counter()` when the process was started.
        healthy: Seconds from then until its first response.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    started: float
    healthy: float

    @property
    def port(self) -> int:
        """Return the server's port."""
        return int(self.url.rsplit(":", 1)[1].partition("/")[0])

    def output(self) -> str:
        """Return the server's output so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def serve(
    script: str = "app.py",
    *,
    base: str = "",
    port: int | None = None,
    patience: float = 60,
    environment: dict[str, str] | None = None,
) -> Generator[Server]:
    """Run `streamlit run script` on 127.0.0.1 until the block ends.

    Args:
        script: The app, relative to the repository.
        base: Sub-path under which the app is served, for example "/lab-app".
        port: The port; any free one where it is None.
        patience: Maximum seconds until the first response.
        environment: Additional environment variables.

    Raises:
        RuntimeError: The server exited or did not respond; the message contains its output.
    """
    port = port or free_port()
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
