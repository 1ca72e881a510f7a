"""Errors whose sentence can be translated: an English template and the fields that fill it.

`core` writes English. A user interface looks the template up in its catalog and fills it again:

    >>> error = InputError("{name} must be at least {low}; got {got}.", name="top_k", low=0, got=-3)
    >>> str(error)
    'top_k must be at least 0; got -3.'
    >>> error.translated({"{name} must be at least {low}; got {got}.": "{name} ≥ {low}"}.get)
    'top_k ≥ 0'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

Translate = Callable[[str], str | None]


class Sentence(str):
    """An English sentence that remembers its template and fields.

    A field may itself be a `Sentence` or an `InputError`; it is translated too.

    Example:
        >>> Sentence("{n} tokens", n=3), Sentence("{n} tokens", n=3).template
        ('3 tokens', '{n} tokens')
    """

    template: str
    fields: Mapping[str, Any]

    def __new__(cls, template: str, /, **fields: Any) -> Self:
        """Fill the template with `str.format`."""
        sentence = super().__new__(cls, template.format(**fields))
        sentence.template, sentence.fields = template, fields
        return sentence

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the template and the fields."""
        return partial(type(self), self.template, **self.fields), ()

    def translated(self, translate: Translate) -> str:
        """Return the sentence with its template replaced by `translate(template)`.

        English remains where `translate` returns nothing.
        """
        fields = {
            name: value.translated(translate)
            if isinstance(value, (Sentence, InputError))
            else value
            for name, value in self.fields.items()
        }
        return (translate(self.template) or self.template).format(**fields)


class InputError(ValueError):
    """An argument that cannot be used: its name, the value it got, and the values it takes.

    Args:
        template: the English sentence as a literal, with {fields} in braces.
        fields: the values of the fields.
    """

    def __init__(self, template: str, /, **fields: Any) -> None:
        """Fill the template; `str(error)` is the English sentence."""
        self.sentence = Sentence(template, **fields)
        super().__init__(self.sentence)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the template and the fields."""
        return partial(type(self), self.template, **self.fields), ()

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        """Return an error that says `sentence`."""
        return cls(sentence.template, **sentence.fields)

    @property
    def template(self) -> str:
        """Return the English sentence with its fields still in braces."""
        return self.sentence.template

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return the values that fill the template."""
        return self.sentence.fields

    def translated(self, translate: Translate) -> str:
        """Return the sentence with its template replaced by `translate(template)`."""
        return self.sentence.translated(translate)
