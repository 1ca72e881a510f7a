"""List the pages that `app.py` registers, for the tests, the benchmark and the screenshots."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Registered:
    """A page in the navigation.

    Attributes:
        topic: Name of the page: its folder in `pages/` and its path in the URL.
        title: English title in the navigation.
        section: Section of the navigation.
        home: Whether it is served at "/".
    """

    topic: str
    title: str
    section: str
    home: bool

    @property
    def path(self) -> str:
        """Return the path in the URL: "/" or "/<topic>"."""
        return "/" if self.home else f"/{self.topic}"

    @property
    def file(self) -> Path:
        """Return the path of the page's script."""
        return ROOT / "pages" / self.topic / "page.py"


def registered() -> list[Registered]:
    """Return every page in the order of the navigation."""
    import app

    return [
        Registered(topic, title, section, topic == app.HOME)
        for section, entries in app.SECTIONS.items()
        for topic, title, _icon in entries
    ]
