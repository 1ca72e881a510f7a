"""The pages that `app.py` registers, read without a server: for tests, benchmark and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Registered:
    """One line of the navigation.

    Attributes:
        topic: The page's name: `pages/<topic>/`, and its path in the URL.
        title: What the navigation calls it, in English.
        section: The section that it stands in.
        home: Whether it is the page at "/".
    """

    topic: str
    title: str
    section: str
    home: bool

    @property
    def path(self) -> str:
        """Where a browser finds it: "/" or "/<topic>"."""
        return "/" if self.home else f"/{self.topic}"

    @property
    def file(self) -> Path:
        """Its script."""
        return ROOT / "pages" / self.topic / "page.py"


def registered() -> list[Registered]:
    """Every page of the navigation, in its order."""
    import app

    def entry(path: str, **fields: Any) -> tuple[str, dict[str, Any]]:
        return Path(path).parent.name, fields

    # Without a session there is no visitor whose language `_` could ask for.
    with mock.patch.object(app.st, "Page", entry), mock.patch.object(app, "_", str):
        sections: dict[str, Any] = app.pages()
    return [
        Registered(topic, fields["title"], section, bool(fields.get("default")))
        for section, entries in sections.items()
        for topic, fields in entries
    ]
