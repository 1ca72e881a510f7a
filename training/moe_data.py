"""Build the four texts in `data/moe/` from public-domain and free sources.

English and Chinese come from two Debian packages; `bible` is the reader that unpacks the first:

    apt-get download bible-kjv bible-kjv-text fortunes-zh
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
    python -m training.moe_data unpacked

Code comes from the standard library of the running Python; the numbers are generated here. A file
is a sequence of blocks (a chapter, a few poems, a few functions) separated by lines `%%`.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data" / "moe"
SEPARATOR = "\n%%\n"
BLOCK = 600  # characters; short pieces are joined until a block has at least this many

# Narrative, law, verse, proverb and letter: (book, first chapter, last chapter).
ENGLISH = [
    ("Genesis", 1, 12),
    ("Exodus", 1, 6),
    ("Ruth", 1, 4),
    ("1Samuel", 16, 20),
    ("Job", 1, 6),
    ("Psalms", 1, 32),
    ("Proverbs", 1, 12),
    ("Ecclesiastes", 1, 12),
    ("Matthew", 1, 10),
    ("Acts", 1, 6),
    ("Romans", 1, 4),
]
CHINESE_BOOKS = ("论语", "菜根谭", "增广贤文", "道德经")
CODE = [
    "bisect",
    "calendar",
    "colorsys",
    "copy",
    "csv",
    "fnmatch",
    "fractions",
    "graphlib",
    "heapq",
    "json/decoder",
    "json/encoder",
    "queue",
    "random",
    "sched",
    "shlex",
    "string",
    "textwrap",
]


def english(unpacked: Path) -> list[str]:
    """Return chapters of the King James Version, one block each, without verse numbers."""
    chapters = []
    for book, first, last in ENGLISH:
        for chapter in range(first, last + 1):
            command = [
                str(unpacked.resolve() / "usr/bin/bible"),
                *("-f", "-l", "4000"),
                *(
                    "-p",
                    "usr/lib",
                    "-d",
                    "bible.data",
                ),  # needs relative paths
                f"{book}{chapter}:1-200",
            ]
            # The reader's exit status is meaningless (255 on success), so check for verses instead.
            text = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd=unpacked
            ).stdout
            verses = re.findall(r"^\d?[A-Za-z]+\d+:\d+ (.*)$", text, re.MULTILINE)
            if not verses:
                raise ValueError(f"bible printed no verse for {book} {chapter}: {text[:80]!r}")
            chapters.append("\n".join(verse.strip() for verse in verses))
    return chapters


def chinese(unpacked: Path) -> list[str]:
    """Return Tang and Song poems with title and poet, then sayings from four classical books."""
    folder = unpacked / "usr/share/games/fortunes"

    def entries(name: str) -> list[str]:
        text = (folder / name).read_text(encoding="utf-8").replace("\xa0", " ")
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        return [entry.strip() for entry in re.split(r"^%$", text, flags=re.MULTILINE)]

    poems = [*entries("tang300"), *entries("song100")]
    sayings: list[str] = []
    sources = "|".join(CHINESE_BOOKS)
    for entry in entries("chinese"):
        signed = re.fullmatch(rf"(.*)\n\s*--\s*《({sources})》", entry, flags=re.DOTALL)
        if signed:
            sayings.append(signed.group(1))
    lines = (re.sub(r"^[ \u3000]+", "", text, flags=re.MULTILINE) for text in [*poems, *sayings])
    return list(gather(lines, BLOCK // 2, "\n\n"))


def code() -> list[str]:
    """Return functions and classes of standard library modules, unchanged except for tabs."""
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    blocks: list[str] = []
    for name in CODE:
        text = (stdlib / f"{name}.py").read_text(encoding="utf-8").expandtabs(4)
        pieces = re.split(r"\n(?=(?:class|def|@|# ?[=#-]{4})\b)", text.strip("\n"))
        blocks += gather((piece.rstrip() for piece in pieces), BLOCK, "\n")
    return blocks


def numbers(seed: int = 7, blocks: int = 170) -> list[str]:
    """Return random arithmetic, sequences, tables, times and measures, with a fixed seed."""
    rng = random.Random(seed)

    def integer() -> int:
        return rng.randrange(10 ** rng.randint(1, 4))

    def line() -> str:
        a, b, c = integer(), integer(), rng.randint(2, 12)
        kind = rng.randrange(11)
        if kind == 0:
            return f"{a} + {b} = {a + b}"
        if kind == 1:
            return f"{max(a, b)} - {min(a, b)} = {max(a, b) - min(a, b)}"
        if kind == 2:
            return f"{a} × {c} = {a * c}"
        if kind == 3:
            return f"{a * c} / {c} = {a}"
        if kind == 4:
            return ", ".join(str(a + c * i) for i in range(rng.randint(6, 12)))
        if kind == 5:
            return f"{a / 100:.2f} + {b / 100:.2f} = {(a + b) / 100:.2f}"
        if kind == 6:
            times = (rng.randrange(24 * 60) for _ in range(5))
            return "  ".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in times)
        if kind == 7:
            year, month, day = rng.randint(1900, 2030), rng.randint(1, 12), rng.randint(1, 28)
            return f"{year}-{month:02d}-{day:02d}  {rng.uniform(-20, 40):.1f}  {integer()}"
        if kind == 8:
            share = rng.randint(1, 100)
            return f"{share}% × {c * 100} = {share * c}"
        if kind == 9:
            return "  ".join(f"{rng.gauss(0, 10):8.3f}" for _ in range(5))
        return f"{a} {'<' if a < b else '>' if a > b else '='} {b}"

    return ["\n".join(line() for _ in range(30)) for _ in range(blocks)]


def gather(pieces: Iterable[str], at_least: int, separator: str) -> Iterator[str]:
    """Yield neighboring pieces joined into groups of at least `at_least` characters."""
    group: list[str] = []
    for piece in pieces:
        if not piece:
            continue
        group.append(piece)
        if sum(map(len, group)) >= at_least:
            yield separator.join(group)
            group = []
    if group:
        yield separator.join(group)


def main() -> None:
    """Write the four files and print their sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unpacked", type=Path, help="folder with the unpacked Debian packages")
    folder = parser.parse_args().unpacked
    DATA.mkdir(parents=True, exist_ok=True)
    texts = {
        "english": english(folder),
        "chinese": chinese(folder),
        "code": code(),
        "numbers": numbers(),
    }
    for domain, blocks in texts.items():
        if any(SEPARATOR.strip() in block.split("\n") for block in blocks):
            raise ValueError(f"{domain} contains the separator line; choose another separator.")
        text = SEPARATOR.join(blocks) + "\n"
        (DATA / f"{domain}.txt").write_text(text, encoding="utf-8")
        print(f"{domain:8} {len(blocks):4} blocks {len(text):7} characters", len(text.encode()))


if __name__ == "__main__":
    main()
