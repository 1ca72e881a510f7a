"""A conversation as the token sequences that a server receives: one prompt per user turn.

Every request repeats the whole conversation, written out by a chat template. Whether the previous
request's KV cache serves the next one depends on the template: the tokens must be the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.checks import choice, integer
from core.errors import InputError
from core.lm import LanguageModel

#: "plain" is ChatML, the default model's own template. The others are ours, after the template
#: that Qwen3 models ship with: the model writes its reasoning between <think> and </think>, and the
#: template leaves it out of earlier turns ("strip"); "off" opens every answer with empty
#: reasoning, and leaves that out too; "keep" leaves nothing out.
TEMPLATES = ("plain", "strip", "off", "keep")
_OPEN, _CLOSE, _END = "<think>\n", "\n</think>\n\n", "<|im_end|>\n"


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user asks, and the assistant's answer; "" if it is still to come."""

    user: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the model.

    Attributes:
        prompt: (T,) the conversation so far and the opening of the answer.
        history: how many of the first tokens repeat earlier turns; 0 for the first request.
        answer: (A,) what the model then writes, its reasoning included, its end token left out: a
            token that nothing follows is never run, so the cache has no keys and values of it.
    """

    prompt: tuple[int, ...]
    history: int
    answer: tuple[int, ...]

    @property
    def cached(self) -> tuple[int, ...]:
        """Return the tokens in the KV cache after the answer."""
        return self.prompt + self.answer


def turns_of(text: str, most: int = 4) -> tuple[Turn, ...]:
    """Read a conversation: lines of user and assistant in turn, blank lines skipped.

    Args:
        text: the lines; a missing last answer is "".
        most: how many turns to read, at least 1; later ones are left out.

    Raises:
        InputError: if the text has no line.

    Example:
        >>> turns_of("Hello!\\nHi.\\nBye.")
        (Turn(user='Hello!', answer='Hi.'), Turn(user='Bye.', answer=''))
    """
    most = integer("most", most, 1)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise InputError("The conversation is empty. Write what the user asks first.")
    pairs = zip(lines[::2], [*lines[1::2], ""], strict=False)
    return tuple(Turn(*pair) for pair in pairs)[:most]


def requests(
    model: LanguageModel, system: str, turns: Sequence[Turn], template: str, reasoning: str = ""
) -> tuple[Request, ...]:
    """Write out the request of every turn, as token ids.

    Args:
        model: the model whose tokenizer and ChatML marks are used.
        system: the system prompt.
        turns: at least one.
        template: one of `TEMPLATES`.
        reasoning: what the assistant writes between <think> and </think> before each answer.

    Returns:
        One request per turn, the first one first.

    Raises:
        InputError: for an unknown template, or a model without a ChatML template.

    Source: OpenAI's ChatML; Qwen3's chat template (Qwen/Qwen3-0.6B, tokenizer_config.json).
    """
    choice("template", template, TEMPLATES)
    bos = len(model.prefix_ids)
    thought = f"{_OPEN}{'' if template == 'off' else reasoning}{_CLOSE}"
    messages = [{"role": "system", "content": system}]
    made = []
    for turn in turns:
        past = model.tokenizer.chat_text(messages, answer=False).removesuffix(_END)
        messages.append({"role": "user", "content": turn.user})
        prompt = model.tokenizer.chat_text(messages) + (thought if template == "off" else "")
        written = turn.answer if template in ("plain", "off") else thought + turn.answer
        made.append(
            Request(
                prompt=tuple(model.encode(prompt)),
                history=len(model.encode(past)) if made else 0,
                answer=tuple(model.encode(written)[bos:]),
            )
        )
        repeated = written if template == "keep" else turn.answer
        messages.append({"role": "assistant", "content": repeated})
    return tuple(made)
