"""Read a pasted request body into `SamplingParams`, messages and a list of problems."""

from __future__ import annotations

from dataclasses import dataclass

from core.sampling.body import Message, read_body
from core.sampling.params import SamplingParams


@dataclass(frozen=True, slots=True)
class RequestReading:
    """The settings and messages of a request body.

    Attributes:
        params: the settings; a field that could not be used has its default.
        messages: the conversation.
        problems: one sentence per field that was not taken, at most `MAX_PROBLEMS` and a last one
            counting the rest.
        readable: False where the text was not a JSON object at all.
        taken: names of the settings that were taken.
    """

    params: SamplingParams
    messages: tuple[Message, ...]
    problems: tuple[str, ...]
    readable: bool
    taken: tuple[str, ...]

    @property
    def prompt(self) -> str:
        """Return the user's messages, joined by line breaks: the text to continue."""
        return "\n".join(turn.content for turn in self.messages if turn.role == "user")


def read_request(text: str) -> RequestReading:
    """Read a request body without ever raising: a sentence for each field that is not taken.

    Args:
        text: JSON such as `{"top_k": 10, "temperature": 0.95, "messages": [...]}`. Beside the
            fields of `LIMITS`, `order` (a name or a list of stages) and `messages` are read.

    Returns:
        A RequestReading.

    Example:
        `read_request('{"top_k": 10, "color": 1}')` has `params.top_k` 10 and one sentence in
        `problems`, on "color".

    Source: the request body of OpenAI-style completion servers.
    """
    body = read_body(text)
    return RequestReading(
        SamplingParams(**body.settings),
        body.messages,
        body.problems,
        body.readable,
        tuple(body.settings),
    )
