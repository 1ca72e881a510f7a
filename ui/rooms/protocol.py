"""What a lecturer and followers may send: limits, signatures, and validation.

Nothing here opens a connection or reads a clock. A lecturer's message becomes the stored values of
declared controls on a known page, so that a room cannot carry anything else to its followers.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from charts.i18n import speaking
from ui.controls import Control, assuming, url_text
from ui.errors import without_visitor_warnings

LONGEST_MESSAGE = 16_384  # characters; longer texts stay on the lecturer's page
MOST_VALUES = 100  # controls in one message
CODE_LENGTH = 5
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0, 1, I, L and O, which look alike
_WHO = re.compile(r"[A-Za-z0-9_-]{16,32}")
_QUESTION = re.compile(r"e(\d{1,2})")


def new_code() -> str:
    """Return a random room code."""
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))


def code_of(raw: Any) -> str | None:
    """Return a code in capital letters; None if it cannot be one."""
    code = raw.strip().upper() if isinstance(raw, str) else ""
    return code if len(code) == CODE_LENGTH and set(code) <= set(_LETTERS) else None


def signature(key: bytes, code: str, nonce: str) -> str:
    """Return the secret of a lecturer's link: HMAC-SHA-256 of the room's code and random nonce.

    The nonce differs for every room, so a link of an earlier room with the same code is invalid.
    """
    return hmac.new(key, f"{code}:{nonce}".encode(), hashlib.sha256).hexdigest()


def may_steer(key: bytes, code: str, nonce: str, token: Any) -> bool:
    """Return whether a token is that of the room's lecturer."""
    if not isinstance(token, str) or not token.isascii():
        return False
    return hmac.compare_digest(signature(key, code, nonce), token)


def follower_of(raw: Any) -> str:
    """Return a follower's random id from the browser, or a new one if it is invalid."""
    known = isinstance(raw, str) and _WHO.fullmatch(raw)
    return raw if known else secrets.token_urlsafe(16)


def parsed(text: str) -> dict[str, Any] | None:
    """Return a message as a dict; None if it is too long or is not a JSON object."""
    if len(text) > LONGEST_MESSAGE:
        return None
    try:
        message = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    return message if isinstance(message, dict) else None


class Bucket:
    """A limit on messages: `rate` per second on average, `burst` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        """Start with a full burst."""
        self._rate, self._burst = rate, burst
        self._left, self._at = float(burst), 0.0

    def take(self, now: float) -> bool:
        """Count a message at `now` (seconds); return False if it exceeds the limit."""
        self._left = min(self._burst, self._left + self._rate * max(0.0, now - self._at))
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Topic:
    """What a room knows of a page.

    Attributes:
        name: The topic.
        controls: Its controls by key, the view first.
        note: Key of the control that names the current example or question.
        answer: Key of the control that holds the answer to the question.
        answers: Number of answers of each experiment's question; 0 without a question.
    """

    name: str
    controls: Mapping[str, Control[Any]]
    note: str
    answer: str
    answers: tuple[int, ...]


#: Returns the topic of a page's path ("/", "/entropy"); None if there is no such page.
FindTopic = Callable[[str], Topic | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page and its state, as URL parameters; what differs from the defaults."""

    path: str
    parameters: dict[str, str]


def shown(raw: Any, find: FindTopic) -> Shown | None:
    """Return a lecturer's state with unknown controls and invalid values removed.

    Args:
        raw: `{"path": …, "parameters": {key: text}}` from the browser.
        find: Returns a page's topic.

    Returns:
        The state; None if there is no such page.
    """
    topic, given = _page(raw, "parameters", find)
    if topic is None or not all(isinstance(text, str) for text in given.values()):
        return None
    texts = {key: url_text(stored) for key, stored in _cleaned(topic, given, {}).items()}
    return Shown(raw["path"], texts)


def moved(raw: Any, before: Shown | None, find: FindTopic) -> dict[str, Any] | None:
    """Return the stored values of controls that the lecturer is moving, by key.

    Args:
        raw: `{"path": …, "values": {key: value}}` from the browser.
        before: The lecturer's last state, on which bounds of controls may depend.
        find: Returns a page's topic.
    """
    topic, given = _page(raw, "values", find)
    if topic is None or before is None or before.path != raw["path"]:
        return None
    return _cleaned(topic, given, before.parameters) or None


def _page(raw: Any, name: str, find: FindTopic) -> tuple[Topic | None, dict[str, Any]]:
    if not isinstance(raw, dict) or not isinstance(raw.get("path"), str):
        return None, {}
    given = raw.get(name)
    if not isinstance(given, dict) or len(given) > MOST_VALUES:
        return None, {}
    return find(raw["path"]), given


def _cleaned(topic: Topic, given: dict[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    values: dict[str, Any] = dict.fromkeys(topic.controls) | dict(base)
    values |= {key: raw for key, raw in given.items() if key in topic.controls}
    # No visitor is there: bounds and options read the message's values, not a session's.
    with speaking("en"), without_visitor_warnings(), assuming(values):
        for key, control in topic.controls.items():
            if key in given:
                try:
                    stored = control.clean(given[key])
                except Exception:  # A bound that needs what is not here, such as a model.
                    continue
                if stored is not None:
                    known[key] = stored
    return known


def question_of(state: Shown, topic: Topic) -> tuple[str, int, bool] | None:
    """Return the question of a state: its id, its number of answers, and whether it is open."""
    found = _QUESTION.fullmatch(state.parameters.get(topic.note, ""))
    if not found or int(found[1]) >= len(topic.answers) or not topic.answers[int(found[1])]:
        return None
    name = f"{topic.name}:{found[0]}"
    return name, topic.answers[int(found[1])], not state.parameters.get(topic.answer)
