"""Take screenshots of every page: `python -m tools.screenshots` (or `make screenshots`).

Each page is captured in its initial state, wide (1440 × 900) and on a phone (390 × 844), light and
dark, as `docs/screenshots/<topic>-<light|dark>-<wide|phone>.png`. Arguments select the pages.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tools.driving import settle
from tools.serving import CHROMIUM_FLAGS, HOW_TO_GET_A_BROWSER, find_browser, serve
from tools.site import ROOT, Registered, registered

FOLDER = ROOT / "docs" / "screenshots"
SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLORS = 192  # size of the palette; text and flat colors need no more


def small(picture: bytes) -> bytes:
    """Return the PNG with a palette: a quarter of the size without a visible difference."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    buffer = io.BytesIO()
    quantized = image.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    quantized.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def path_of(topic: str, scheme: str, size: str) -> Path:
    """Return the path of a page's screenshot."""
    return FOLDER / f"{topic}-{scheme}-{size}.png"


def take(page: Page, url: str) -> bytes:
    """Return a screenshot of a page once its layout is stable."""
    page.goto(url)
    page.wait_for_selector(".ll-choice[data-key=lang]", state="attached")
    settle(page, patience_ms=60_000)
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.wait_for_timeout(400)  # web fonts, the last transition
    return page.screenshot(animations="disabled", caret="hide")


def take_all(browser: Browser, origin: str, pages: list[Registered]) -> list[Path]:
    """Take all screenshots; return their paths."""
    written = []
    for size, viewport in SIZES.items():
        for scheme in SCHEMES:
            settings: dict[str, Any] = {"viewport": viewport, "color_scheme": scheme}
            context = browser.new_context(locale="en-US", **settings)
            context.set_default_timeout(60_000)
            page = context.new_page()
            for entry in pages:
                path = path_of(entry.topic, scheme, size)
                path.write_bytes(small(take(page, origin + entry.path)))
                written.append(path)
                print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} KB", flush=True)
            context.close()
    return written


def main(topics: list[str]) -> int:
    """Take screenshots of all pages, or of `topics`."""
    pages = [page for page in registered() if not topics or page.topic in topics]
    unknown = set(topics) - {page.topic for page in pages}
    if unknown:
        print(f"No such page: {', '.join(sorted(unknown))}.")
        return 1
    path = find_browser()
    if path is None:
        print(HOW_TO_GET_A_BROWSER)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serve() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        take_all(browser, server.url, pages)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
