"""Run the benchmark: `python -m bench [--save] [--quick] [--only PART ...]`.

The parts are models, start, pages, views, sessions and class.

Print a table of every figure that the README states, with its limit. `--save` writes the figures to
`bench/results.json`, together with a description of the machine. Times are not meaningful on a busy
machine, so the load is printed too.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from playwright.sync_api import sync_playwright

from bench import browser as browser_bench
from bench.figures import Figure, table
from bench.server import model_figures, peak_memory, session_figures
from bench.visitors import class_figures, phone_figures
from bench.writers import writer_figures
from tools.serving import CHROMIUM_FLAGS, HOW_TO_GET_A_BROWSER, find_browser, serve
from tools.site import ROOT, registered

RESULTS = ROOT / "bench" / "results.json"
PARTS = ("models", "start", "pages", "views", "sessions", "class")


def machine() -> dict[str, Any]:
    """Return the properties of the machine on which the figures depend."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        for line in open("/proc/cpuinfo", encoding="utf-8"):  # noqa: SIM115, PTH123
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return {
        "cpu": name,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load at start": load,
    }


def measure(parts: list[str], quick: bool) -> Iterator[Figure]:
    """Yield every figure of `parts` as soon as it is measured."""
    if "models" in parts:
        yield from model_figures()
    in_browser = [part for part in parts if part in ("start", "pages", "views", "class")]
    path = find_browser() if in_browser else None
    if in_browser and path is None:
        print(HOW_TO_GET_A_BROWSER, file=sys.stderr)
    if path is not None:
        with sync_playwright() as playwright, serve() as server:
            if "start" in parts:
                chromium = playwright.chromium.launch(
                    executable_path=path, args=list(CHROMIUM_FLAGS)
                )
                yield Figure("start", "process start to first response", server.healthy, "s")
                yield browser_bench.cold_start(chromium, server)
                chromium.close()
            if "pages" in parts:
                with browser_bench.regular(playwright, path) as context:
                    for place in browser_bench.places():
                        yield from browser_bench.page_figures(context, server, place, quick)
            if "views" in parts:
                with browser_bench.regular(playwright, path) as context:
                    for page in registered():
                        yield from browser_bench.view_figures(
                            context, server, page.topic, page.path, quick
                        )
            if "class" in parts:
                chromium = playwright.chromium.launch(
                    executable_path=path, args=list(CHROMIUM_FLAGS)
                )
                yield from phone_figures(chromium, server)
                chromium.close()
            if "pages" in parts:
                yield Figure(
                    "server", "peak memory, models in use",
                    peak_memory(server.process.pid), "MB", 1500,
                )  # fmt: skip
    if "sessions" in parts:
        with serve() as server:
            for way in ("fast", "streamlit"):
                for visitors in (30, 100):
                    yield from session_figures(server, visitors, 5 if quick else 15, way)
            peak = peak_memory(server.process.pid)
            yield Figure("server", "peak memory, after 260 sessions", peak, "MB", 1500)
    if "class" in parts:
        with serve() as server:
            yield from class_figures(server, quick)
        yield from writer_figures(quick)


def main(arguments: list[str]) -> int:
    """Measure and print the figures; save them if requested."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--save", action="store_true", help="write bench/results.json")
    parser.add_argument("--quick", action="store_true", help="measure faster, less exactly")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    options = parser.parse_args(arguments)
    about = machine()
    print(", ".join(f"{name} {value}" for name, value in about.items()), flush=True)
    figures: list[Figure] = []
    for figure in measure(options.only, options.quick):
        figures.append(figure)
        print(f"  {table([figure])}", flush=True, file=sys.stderr)  # A run takes minutes.
    print(table(figures))
    missed = [figure for figure in figures if figure.held is False]
    print(f"\nOver the limit: {len(missed)} of {len(figures)}.")
    print(table(missed))
    if options.save:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        record = {"date": today, "machine": about, "figures": [f.as_dict() for f in figures]}
        text = json.dumps(record, indent=1, ensure_ascii=False)
        RESULTS.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
