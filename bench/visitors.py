"""Measure a class: 200 visitors who each move a slider once per second, and phones that arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser

from bench.figures import Figure
from bench.server import peak_memory, session_figures
from tools.driving import settle
from tools.serving import Server

VISITORS = 200
PHONES = 30
PATIENCE_MS = 60_000


def class_figures(server: Server, quick: bool) -> Iterator[Figure]:
    """Yield the latencies and the memory of a server with 200 visitors."""
    yield from session_figures(server, VISITORS, 10 if quick else 30, "fast")
    peak = peak_memory(server.process.pid)
    yield Figure(f"{VISITORS} sessions", "peak memory of the server", peak, "MB", 1500)


def phone_figures(browser: Browser, server: Server) -> Iterator[Figure]:
    """Yield the bytes that phones with empty caches load until the first page has settled.

    Every phone loads the same files, so one is measured.
    """
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    loaded = {"files": 0, "messages": 0}
    network = context.new_cdp_session(page)

    def file(event: dict[str, Any]) -> None:
        loaded["files"] += int(event["encodedDataLength"])

    def message(event: dict[str, Any]) -> None:
        loaded["messages"] += len(event["response"]["payloadData"])  # base64 of binary frames

    network.on("Network.loadingFinished", file)
    network.on("Network.webSocketFrameReceived", message)
    network.send("Network.enable")
    page.goto(f"{server.url}/sampling?source=table")
    page.wait_for_selector(".ll-choice[data-key=lang]", state="attached")
    settle(page, patience_ms=PATIENCE_MS)
    context.close()
    total = (loaded["files"] + loaded["messages"] * 3 / 4) / 1e6
    yield Figure("phones", "one phone, empty cache: files", loaded["files"] / 1e6, "MB")
    yield Figure("phones", "one phone, empty cache: all", total, "MB")
    yield Figure("phones", f"{PHONES} phones, empty caches: all", PHONES * total, "MB")
