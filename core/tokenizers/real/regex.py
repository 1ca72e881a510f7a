"""Reject a pattern of an untrusted file that could take the regex engine exponential time.

The `tokenizers` library matches with a backtracking engine, so `(a+)+b` or `a?a?a?…` can take
exponential time. Allowed are the alternatives that well-known models use, and besides them only
alternatives with at most one unbounded repeat, which cost quadratic time at worst.
"""

from __future__ import annotations

from core.errors import InputError, Sentence
from core.plain_checks import short

# Alternatives of the patterns of GPT-2, GPT-4, GPT-4o, Llama 3, Qwen 2, Mistral and DeepSeek that
# repeat more than once without a bound; their parts do not compete for the same characters.
WELL_KNOWN = frozenset(
    {
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r" ?[^\s\p{L}\p{N}]++[\r\n]*",
        r" ?[\p{P}\p{S}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s*[\r\n]",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    }
)
MAX_PATTERN = 2_000
MAX_ALTERNATIVES = 40
MAX_OPTIONAL = 4  # per alternative: each doubles the paths at worst
LARGE_BOUND = 8  # {n,m} up to this is a bounded repeat, above it counts as unbounded
GROUP_STARTS = ("(?:", "(?i:", "(?=", "(?!")


def check_pattern(pattern: str) -> str:
    """Return a pattern whose matching cannot blow up; refuse any other.

    Raises:
        ValueError: too long, or with an alternative outside the rules above.

    Example:
        >>> check_pattern(r" ?[a-z]+|[0-9]{1,3}")
        ' ?[a-z]+|[0-9]{1,3}'
    """
    if len(pattern) > MAX_PATTERN:
        raise InputError(
            "A pattern in the tokenizer has {length} characters; at most "
            "{max_pattern} are accepted. Use another tokenizer.json.",
            length=len(pattern),
            max_pattern=MAX_PATTERN,
        )
    alternatives = split_alternatives(pattern)
    if len(alternatives) > MAX_ALTERNATIVES:
        raise InputError(
            "A pattern in the tokenizer has {length} alternatives; at most "
            "{max_alternatives} are accepted. Use another tokenizer.json.",
            length=len(alternatives),
            max_alternatives=MAX_ALTERNATIVES,
        )
    for alternative in alternatives:
        if alternative not in WELL_KNOWN:
            _check_alternative(alternative)
    return pattern


def split_alternatives(pattern: str) -> list[str]:
    """Cut a pattern at its outermost `|`.

    Example:
        >>> split_alternatives(r"(?:a|b)c|[|]")
        ['(?:a|b)c', '[|]']
    """
    parts: list[str] = []
    start = depth = index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            index = _class_end(pattern, index)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and depth == 0:
            parts.append(pattern[start:index])
            start = index + 1
        index += 1
    return [*parts, pattern[start:]]


def _class_end(pattern: str, index: int) -> int:
    """Return the index of the bracket that closes the class at `index`, or the last index."""
    depth = 0
    first = index
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            depth += 1
            first = index
        elif char == "]" and index > first + 1:
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return len(pattern) - 1


def _check_alternative(alternative: str) -> None:
    """Count what can multiply paths in one alternative, and refuse too much of it."""
    unbounded = optional = groups = index = 0
    previous = ""
    while index < len(alternative):
        char = alternative[index]
        if char == "\\":
            index += 1
            if alternative[index : index + 1] in tuple("123456789kgKGRX"):
                _refuse(alternative, Sentence("it refers back to an earlier match"))
            if alternative[index : index + 1] in ("p", "P") and alternative[index + 1 :][:1] == "{":
                index = alternative.find("}", index)
                if index < 0:
                    _refuse(alternative, Sentence("it is not well-formed"))
        elif char == "[":
            index = _class_end(alternative, index)
        elif char == "(":
            groups += 1
            start = next((s for s in GROUP_STARTS if alternative.startswith(s, index)), None)
            if start is None and alternative[index + 1 : index + 2] == "?":
                _refuse(alternative, Sentence("it has a kind of group that is not supported here"))
            index += len(start or "(") - 1
        elif char in "*+?{":
            bound, index = _read_repeat(alternative, index)
            if previous == ")" and bound != 1:
                _refuse(alternative, Sentence("it repeats a group"))
            if bound is None or bound > LARGE_BOUND:
                unbounded += 1
            else:
                optional += 1
        elif char == "|" and groups == 0:
            _refuse(alternative, Sentence("it is not well-formed"))
        previous = char
        index += 1
    if unbounded > 1:
        _refuse(alternative, Sentence("it has {count} unbounded repeats in a row", count=unbounded))
    if optional > MAX_OPTIONAL or groups > 2:
        _refuse(alternative, Sentence("it has too many optional parts or groups"))


def _read_repeat(text: str, index: int) -> tuple[int | None, int]:
    """Return the most repeats that a quantifier allows (None: no bound), and where it ends."""
    if text[index] in "*+":
        bound: int | None = None
    elif text[index] == "?":
        bound = 1
    else:
        stop = text.find("}", index)
        body = text[index + 1 : stop] if stop > 0 else ""
        last = body.split(",")[-1]
        if stop < 0 or len(body) > 9 or (last and not last.isdigit()):
            _refuse(text, Sentence("it is not well-formed"))
        bound = int(last) if last else None
        index = stop
    if text[index + 1 : index + 2] in ("?", "+"):  # lazy or possessive
        index += 1
    return bound, index


def _refuse(alternative: str, why: Sentence) -> None:
    raise InputError(
        "The pattern {got} in the tokenizer could take very long on some "
        "texts: {why}. Patterns of well-known models are accepted; use another "
        "tokenizer.json.",
        got=short(alternative),
        why=why,
    )
