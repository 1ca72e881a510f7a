"""Parse a pasted request body: take each usable field, describe every other one in a sentence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import checks
from core.errors import InputError, Sentence
from core.sampling.limits import LIMITS, check_setting, complete_order

MAX_CHARACTERS = 1_000_000
MAX_PROBLEMS = 20
ALIASES = {
    "max_new_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "no_repeat_ngram_size": "no_repeat_ngram",
    "typical": "typical_p",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The parsed fields of a request body.

    Attributes:
        settings: the usable settings by name, each within its `LIMITS`.
        messages: the conversation.
        problems: one sentence per field that was not taken, at most `MAX_PROBLEMS` and a last one
            counting the rest.
        readable: False where the text is not a JSON object.
    """

    settings: dict[str, Any]
    messages: tuple[Message, ...]
    problems: tuple[Sentence, ...]
    readable: bool


def read_body(text: str) -> RequestBody:
    """Return the usable fields of a request body; never raise.

    Example:
        `read_body('{"top_k": 10, "color": 1}').settings` is `{"top_k": 10}`.
    """
    body, problems = _parse(text)
    if body is None:
        return RequestBody({}, (), tuple(problems), False)
    values: dict[str, object] = {}
    messages: tuple[Message, ...] = ()
    for given, value in body.items():
        name = ALIASES.get(given, given)
        try:
            if name in values:
                raise InputError(
                    "{given} repeats {name}; the first is taken.",
                    given=given,
                    name=name,
                )
            if name in LIMITS:
                values[name] = check_setting(name, _whole(name, value))
            elif name == "order":
                values[name] = complete_order(value)  # ty: ignore[invalid-argument-type]
            elif name == "messages":
                messages = _messages(value, problems)
            else:
                problems.append(
                    Sentence("{field} is not a setting here; it is ignored.", field=_name(given))
                )
        except InputError as error:
            problems.append(Sentence("{problem} The field is ignored.", problem=error))
        except RecursionError:
            problems.append(
                Sentence(
                    "{field} is nested too deeply to be read; it is ignored.", field=_name(given)
                )
            )
    if len(problems) > MAX_PROBLEMS:
        rest = len(problems) - MAX_PROBLEMS
        problems = [
            *problems[:MAX_PROBLEMS],
            Sentence("{rest} more fields could not be used.", rest=rest),
        ]
    return RequestBody(values, messages, tuple(problems), True)


def _parse(text: object) -> tuple[dict[str, object] | None, list[Sentence]]:
    """Return the JSON object and problems; None where the text is not a JSON object."""
    if not isinstance(text, str):
        return None, [Sentence("The request must be text; got {got}.", got=checks.short(text))]
    if len(text) > MAX_CHARACTERS:
        return None, [
            Sentence(
                "The request must have at most {most:,} characters; got {got:,}.",
                most=MAX_CHARACTERS,
                got=len(text),
            )
        ]
    if not text.strip():
        return None, [
            Sentence('The request is empty; it takes an object such as {{"temperature": 0.7}}.')
        ]
    twice: list[str] = []

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        # The outermost object is closed last, so its list is the one that stays.
        counts = Counter(name for name, _ in pairs)
        twice[:] = [name for name, count in counts.items() if count > 1][:MAX_PROBLEMS]
        return dict(pairs)

    try:
        body = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        return None, [
            Sentence(
                "The request is not JSON: {message} at line {line}, column {column}.",
                message=error.msg,
                line=error.lineno,
                column=error.colno,
            )
        ]
    except RecursionError:
        return None, [Sentence("The request is nested too deeply to be read.")]
    except ValueError:
        return None, [Sentence("The request holds a number with too many digits.")]
    if not isinstance(body, dict):
        return None, [
            Sentence("The request must be a JSON object {{…}}; got {got}.", got=checks.short(body))
        ]
    return body, [
        Sentence("{field} is given more than once; the last one counts.", field=_name(name))
        for name in twice
    ]


def _whole(name: str, value: object) -> object:
    """Convert 10.0 to 10 for a whole-number setting, because many JSON writers have only floats."""
    if LIMITS[name].whole and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _messages(value: object, problems: list[Sentence]) -> tuple[Message, ...]:
    if not isinstance(value, list):
        raise InputError(
            "messages must be a list of messages; got {got}.",
            got=checks.short(value),
        )
    messages: list[Message] = []
    for place, item in enumerate(value, 1):
        content = _content(item.get("content")) if isinstance(item, Mapping) else None
        role = item.get("role", "user") if isinstance(item, Mapping) else None
        if content is None or not isinstance(role, str):
            problems.append(
                Sentence(
                    "Message {place} must have a role and a text as content; got {got}. "
                    "The message is ignored.",
                    place=place,
                    got=checks.short(item),
                )
            )
        else:
            messages.append(Message(role, content))
    return tuple(messages)


def _content(content: object) -> str | None:
    """Return a message's text, given as a string or as a list of parts of which some are text."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return None
    texts = [part.get("text") for part in content if isinstance(part, Mapping)]
    strings = [text for text in texts if isinstance(text, str)]
    return "".join(strings) if strings else None


def _name(name: str) -> str:
    return json.dumps(name if len(name) <= 40 else name[:39] + "…", ensure_ascii=False)
