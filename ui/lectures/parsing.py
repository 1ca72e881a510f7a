"""Parse the TOML text of a lecture; every error names the file, the stop and the key.

    title = {en = "Entropy", zh = "熵"}
    languages = ["en", "zh"]

    [[stops]]
    topic = "entropy"
    view = "coin"
    set = {ent_coin = 0.5}
    say = {en = "A fair coin has 1 bit.", zh = "均匀硬币的熵为 1 比特。"}
    notes = {en = "Drag p to both ends.", zh = "把 p 拖到两端。"}

A stop's state is a view with the parameters of its URL (`set`), one of the page's examples
(`example`) or questions (`question`) by its English label, or a whole `link`. A file in one
language has plain strings in place of the tables.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from charts.i18n import N_
from core.errors import InputError
from ui.controls import LONGEST_IN_URL, url_text

ROOT = Path(__file__).resolve().parents[2]
MOST_STOPS = 200
LONGEST = {"title": 120, "say": 240, "notes": 5_000}  # characters
HOME = "home"  # the page at "/"
#: Parameters of the frame, which are not part of a page's state.
FRAME_PARAMETERS = ("present", "lang", "lecture", "stop", "notes", "room")
_NAME = re.compile(r"[\w-]{1,60}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})?")
_STATES = ("view", "set", "example", "question", "link")

Words = Mapping[str, str]


class LectureError(InputError):
    """A lecture that cannot be used; the sentence names the file, the stop and the key."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A state to show, one sentence for the screen, and notes for the lecturer.

    Attributes:
        topic: The page.
        parameters: Values of its controls by key, as in a URL; what is missing has its default.
        example: English label of the page's example or experiment that sets the state, or "".
        question: English label of the experiment whose question is asked, or "".
        say: The sentence by language.
        notes: The notes by language.
    """

    topic: str
    parameters: Mapping[str, str]
    example: str
    question: str
    say: Words
    notes: Words


@dataclass(frozen=True, slots=True, eq=False)
class Lecture:
    """An ordered list of stops; `name` is the file's name without its suffix."""

    name: str
    file: str
    title: Words
    languages: tuple[str, ...]
    stops: tuple[Stop, ...]


@cache
def topics() -> frozenset[str]:
    """Return the names of all pages."""
    return frozenset(path.parent.name for path in (ROOT / "pages").glob("*/page.py"))


def parse(file: str, text: str) -> Lecture:
    """Return the lecture that the text of a TOML file describes; `file` is the file's name."""
    name = file.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        raise LectureError(
            N_("{file}: the file's name may have letters, digits, “-” and “_”, at most 60."),
            file=file,
        )
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
        message = N_("{file} is not valid TOML: {reason}.")
        raise LectureError(message, file=file, reason=reason.rstrip(".")) from error
    _only(file, data, ("title", "languages", "stops"))
    languages = data.get("languages", ["en"])
    if (
        not isinstance(languages, list)
        or not languages
        or not all(isinstance(code, str) and _LANGUAGE.fullmatch(code) for code in languages)
    ):
        text = N_('{file}: languages must be a list of codes such as ["en", "zh"].')
        raise LectureError(text, file=file)
    title = _words(file, data, "title", languages)
    stops = data.get("stops", [])
    if not isinstance(stops, list) or not 1 <= len(stops) <= MOST_STOPS:
        n = len(stops) if isinstance(stops, list) else 0
        text = N_("{file} must have from 1 to {most} [[stops]]; it has {n}.")
        raise LectureError(text, file=file, most=MOST_STOPS, n=n)
    made = tuple(_stop(f"{file}, stop {i}", stop, languages) for i, stop in enumerate(stops, 1))
    return Lecture(name, file, title, tuple(languages), made)


def _stop(place: str, data: Any, languages: list[str]) -> Stop:
    if not isinstance(data, dict):
        raise LectureError(N_("{place} must be a table that starts with [[stops]]."), place=place)
    _only(place, data, ("topic", *_STATES, "say", "notes"))
    ways = [key for key in ("link", "question", "example") if key in data]
    with_set = [key for key in ("view", "set") if key in data]
    if len(ways) > 1 or (ways and with_set) or ("link" in data and "topic" in data):
        given = ", ".join(key for key in ("topic", *_STATES) if key in data)
        raise LectureError(
            N_("{place}: a state is a topic with view and set, with example or with question, or a "
               "link alone; got {given}."),
            place=place,
            given=given,
        )  # fmt: skip
    parameters = _set(place, data.get("set", {}))
    topic = _string(place, data, "topic")
    if "link" in data:
        parts = urlsplit(_string(place, data, "link", LONGEST_IN_URL * 10))
        topic = parts.path.rstrip("/").rpartition("/")[2] or HOME
        parameters = _set(place, dict(parse_qsl(parts.query, keep_blank_values=True)))
        parameters = {k: v for k, v in parameters.items() if k not in FRAME_PARAMETERS}
    if topic not in topics():
        text = N_("{place}: there is no topic “{topic}”. The topics are {known}.")
        known = ", ".join(sorted(topics()))
        raise LectureError(text, place=place, topic=topic[:60], known=known)
    if "view" in data:
        parameters = {f"{topic}_view": _string(place, data, "view")} | parameters
    labels = [_string(place, data, key, 120) for key in ("example", "question")]
    say = _words(place, data, "say", languages)
    notes = _words(place, data, "notes", languages) if "notes" in data else {}
    return Stop(topic, parameters, *labels, say, notes)


def _only(place: str, data: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in data:
        if key not in known:
            text = N_("{place}: unknown key “{key}”. The keys are {known}.")
            raise LectureError(text, place=place, key=key[:60], known=", ".join(known))


def _string(place: str, data: Mapping[str, Any], key: str, longest: int = 120) -> str:
    value = data.get(key, "")
    if not isinstance(value, str) or len(value) > longest:
        text = N_("{place}: {key} must be a string of at most {most} characters.")
        raise LectureError(text, place=place, key=key, most=longest)
    return value


def _words(place: str, data: Mapping[str, Any], key: str, languages: list[str]) -> Words:
    """Return a text by language: a plain string, or a table with each of the file's languages."""
    value = data.get(key)
    if isinstance(value, str):
        value = dict.fromkeys(languages[:1], value)
    if not isinstance(value, dict) or sorted(value) != sorted(set(languages)):
        raise LectureError(
            N_("{place}: {key} must have a text in each of the languages {languages}."),
            place=place,
            key=key,
            languages=", ".join(languages),
        )
    return {code: _string(f"{place}, {key}", value, code, LONGEST[key]) for code in value}


def _set(place: str, data: Any) -> dict[str, str]:
    if not isinstance(data, dict) or len(data) > 100:
        raise LectureError(
            N_("{place}: set must be a table of at most 100 parameters."), place=place
        )
    texts = {}
    for key, value in data.items():
        if isinstance(value, bool):
            value = "1" if value else "0"
        elif isinstance(value, (int, float)):
            value = url_text(value)
        if not isinstance(value, str) or len(value) > LONGEST_IN_URL or len(key) > 120:
            text = N_(
                "{place}: {key} must be a number, true, false or a text of at most {most} "
                "characters."
            )
            raise LectureError(text, place=place, key=key[:60], most=LONGEST_IN_URL)
        texts[key] = value
    return texts
