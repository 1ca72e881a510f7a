"""Unpack the language model's weights into the cache: `python -m core.lm.prepare`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.lm.errors import ModelError
from core.lm.loading import find_language_model
from core.lm.store import open_store


def main(arguments: list[str] | None = None) -> int:
    """Unpack a model with a line of progress; return 0, or 1 after a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m core.lm.prepare", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, help="a GGUF; default: LOGITLAB_MODEL, "
                        "else the installed model")  # fmt: skip
    parser.add_argument("--rebuild", action="store_true", help="write the cache again")
    options = parser.parse_args(arguments)
    line = ProgressLine()
    try:
        source = options.path or find_language_model()
        store = open_store(source, progress=line, rebuild=options.rebuild)
    except ModelError as error:
        line.end()
        print(error, file=sys.stderr)
        return 1
    line.end()
    print(f"{source.name} is ready in {store.folder}")
    return 0


class ProgressLine:
    """One line that is written over on a terminal, and a line per tenth elsewhere."""

    def __init__(self) -> None:
        """Start at 0."""
        self.terminal = sys.stdout.isatty()
        self.tenth = -1

    def __call__(self, fraction: float, message: str) -> None:
        """Show a fraction from 0 to 1 and a few words."""
        if self.terminal:
            bar = "█" * round(24 * fraction)
            print(f"\r\x1b[K{bar:·<24} {fraction:4.0%}  {message}", end="", flush=True)
        elif int(10 * fraction) > self.tenth:
            self.tenth = int(10 * fraction)
            print(f"{fraction:4.0%}  {message}", flush=True)

    def end(self) -> None:
        """End the line of output."""
        if self.terminal:
            print("\r\x1b[K", end="", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
