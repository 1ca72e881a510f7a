"""The conversation of the KV-cache views: what is cached, and what the next request sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from core import architectures as core
from core.attention import ARCHITECTURES
from ui import Notice, _, models

MOST_TURNS = 4
MOST_TOKENS = 512  # of a request: the server runs every one of them, twice
#: Templates of the previous request and of this one.
TEMPLATES = {name: (name, name) for name in core.TEMPLATES} | {"switch": ("keep", "strip")}
#: What the reasoning is when the model writes any.
REASONING = "The user asks for a fact. I know it. A short answer is enough."


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and the tokens in the cache when it arrives.

    Attributes:
        cached: The previous request and its answer; () for the first request.
        cached_prompt: How many of them are the request.
        prompt: The new request's tokens.
        history: How many of them repeat earlier turns.
        edited: Position of the token that the visitor changed, or None.
    """

    cached: tuple[int, ...]
    cached_prompt: int
    prompt: tuple[int, ...]
    history: int
    edited: int | None = None


@lru_cache(64)
def _requests(system: str, text: str, template: str) -> tuple[core.Request, ...]:
    turns = core.turns_of(text, MOST_TURNS)
    return core.requests(models.language_model(), system, turns, template, REASONING)


def turns(text: str) -> int:
    """Return the number of requests; 1 for an empty conversation, which the view refuses."""
    return max(1, min(MOST_TURNS, (sum(map(bool, map(str.strip, text.splitlines()))) + 1) // 2))


def case(system: str, text: str, template: str, turn: int, edit: int = 0) -> Case:
    """Return the case of a turn, counted from 1.

    Args:
        system: System prompt.
        text: The conversation, a line per speaker.
        template: A key of `TEMPLATES`.
        turn: The request, from 1.
        edit: The token that is changed, from 1; 0 is none.

    Raises:
        InputError: The conversation is empty, or the model has no ChatML template.
        Notice: There is no model, or the request is too long.
    """
    before, now = TEMPLATES[template]
    request = _requests(system, text, now)[turn - 1]
    last = _requests(system, text, before)[turn - 2] if turn > 1 else None
    longest = max(len(request.prompt), len(last.cached) if last else 0)
    if longest > MOST_TOKENS:
        words = _("Request {k} has {n} tokens; this view takes {most}. Shorten the conversation.")
        raise Notice(words.format(k=turn, n=longest, most=MOST_TOKENS))
    found = Case(
        last.cached if last else (), len(last.prompt) if last else 0, request.prompt,
        request.history,
    )  # fmt: skip
    return _edited(found, min(edit, len(request.prompt)) - 1) if edit else found


def _edited(found: Case, place: int) -> Case:
    """Return the case with another token at `place`: a question mark, or what is not one."""
    model = models.language_model()
    mark, other = (model.encode(sign)[-1] for sign in "?!")
    ids = list(found.prompt)
    ids[place] = other if ids[place] == mark else mark
    return replace(found, prompt=tuple(ids), edited=place)


@lru_cache(64)
def reuses(found: Case) -> dict[str, core.CacheReuse]:
    """Return what each architecture reuses."""
    return {
        name: core.cache_reuse(name, found.cached, found.cached_prompt, found.prompt)
        for name in ARCHITECTURES
    }


@lru_cache(64)
def prefix(found: Case) -> core.PrefixReuse:
    """Return the comparison of the cached tokens and the request."""
    return core.shared_prefix(found.cached, found.prompt)
