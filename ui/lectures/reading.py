"""Find the lectures that ship and a lecturer's own, and read their files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from charts.i18n import N_
from ui.lectures.parsing import ROOT, Lecture, LectureError, parse

SHIPPED = ROOT / "data" / "lectures"
FOLDER_VARIABLE = "LOGITLAB_LECTURES"
LARGEST_FILE = 500_000  # bytes
MOST_FILES = 50


@dataclass(frozen=True, slots=True)
class Shelf:
    """All lectures by name, and the errors of those that could not be read."""

    lectures: Mapping[str, Lecture]
    problems: Mapping[str, LectureError]


def shelf() -> Shelf:
    """Return the lectures that ship and those of the folder `LOGITLAB_LECTURES`.

    A file is read again once it has changed.
    """
    lectures: dict[str, Lecture] = {}
    problems: dict[str, LectureError] = {}
    own = os.environ.get(FOLDER_VARIABLE, "")
    for folder in (SHIPPED, *([Path(own)] if own else [])):
        if not folder.is_dir():
            text = N_("{variable} must name a folder; got {folder}.")
            problems[""] = LectureError(text, variable=FOLDER_VARIABLE, folder=str(folder))
            continue
        files = sorted(folder.glob("*.toml"))
        if len(files) > MOST_FILES:
            text = N_("{folder} has {n} lectures; the first {most} are listed.")
            problems[""] = LectureError(text, folder=folder.name, n=len(files), most=MOST_FILES)
        for path in files[:MOST_FILES]:
            found = _read_once(path, _stamp(path))
            if isinstance(found, LectureError):
                problems[path.stem] = found
            elif found.name in lectures:
                text = N_("{file}: another lecture has this name. Rename the file.")
                problems[path.stem] = LectureError(text, file=path.name)
            else:
                lectures[found.name] = found
    return Shelf(lectures, problems)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=256)
def _read_once(path: Path, _stamp: tuple[int, int]) -> Lecture | LectureError:
    try:
        return read(path)
    except LectureError as error:
        return error


def read(path: Path) -> Lecture:
    """Read a file.

    Raises:
        LectureError: The file cannot be read, or a stop names what does not exist. Whether a page
            has the views and controls is checked by `ui.lectures.states.check`.
    """
    file = path.name
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            text = N_("{file} must have at most {most} bytes; it has {n}.")
            raise LectureError(text, file=file, most=LARGEST_FILE, n=size)
        return parse(file, path.read_text(encoding="utf-8"))
    except OSError as error:
        text = N_("{file} cannot be read: {reason}.")
        raise LectureError(text, file=file, reason=error.strerror or "I/O error") from error
    except UnicodeDecodeError as error:
        raise LectureError(N_("{file} must be a text file in UTF-8."), file=file) from error
