"""From text to base symbols and back: characters, or the 256 bytes written as one letter each.

A byte is drawn as a printable letter by GPT-2's table (Radford et al. 2019, `encoder.py`,
`bytes_to_unicode`), which every byte-level `tokenizer.json` uses: "a" stays "a", a space becomes
"Ġ", the three bytes of "你" become "ä½ł". `readable` turns such letters back into what they spell.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import InputError
from core.plain_checks import choice, short

UNITS = ("char", "byte")
UTF8 = ("utf-8", "surrogatepass")


def byte_letter(value: int) -> str:
    """Return the letter that stands for a byte: itself if printable, else one from U+0100 on.

    The 68 bytes that do not print (0x00-0x20, 0x7F-0xA0, 0xAD) move up in order.

    Example:
        >>> byte_letter(0x41), byte_letter(0x20)
        ('A', 'Ġ')
    """
    if value <= 0x20:
        return chr(0x100 + value)
    if 0x7F <= value <= 0xA0:
        return chr(0x100 + 33 + value - 0x7F)
    return chr(0x143) if value == 0xAD else chr(value)


def letter_byte(letter: str) -> int:
    """Return the byte that a letter stands for: the inverse of `byte_letter`.

    Raises:
        ValueError: a character outside the 256 letters.

    Example:
        >>> letter_byte("Ġ")
        32
    """
    moved = ord(letter) - 0x100
    if moved < 0:
        value = ord(letter)
    else:
        value = moved if moved < 33 else moved - 33 + 0x7F if moved < 67 else 0xAD
    if byte_letter(value) != letter:
        raise InputError(
            "A byte symbol must use GPT-2's 256 letters; got {got}. Split the text "
            'with base_symbols(text, "byte") first.',
            got=short(letter),
        )
    return value


def byte_alphabet() -> tuple[str, ...]:
    """Return the letters of all 256 bytes, by byte value."""
    return tuple(byte_letter(value) for value in range(256))


def base_symbols(text: str, unit: str = "char") -> tuple[str, ...]:
    """Cut a text into the symbols that a tokenizer starts from.

    Args:
        text: any string; an unpaired surrogate is kept (its three bytes by "surrogatepass").
        unit: "char" for code points, "byte" for UTF-8 bytes in GPT-2's letters.

    Returns:
        One string a symbol. `joined` gives the text back.

    Example:
        >>> base_symbols("né", "byte")
        ('n', 'Ã', '©')
    """
    choice("unit", unit, UNITS)
    if unit == "char":
        return tuple(check_text("text", text))
    return tuple(byte_letter(value) for value in check_text("text", text).encode(*UTF8))


def joined(symbols: Iterable[str], unit: str = "char") -> str:
    """Return the text that symbols spell: the inverse of `base_symbols`, also after merges.

    Args:
        symbols: symbols or merged tokens.
        unit: "char" or "byte", as they were cut.

    Returns:
        The text. Bytes that do not form UTF-8 (half a character, say) become U+FFFD.

    Raises:
        ValueError: a "byte" symbol holds a character outside GPT-2's table.

    Example:
        >>> joined(["nÃ", "©"], "byte")
        'né'
    """
    choice("unit", unit, UNITS)
    if unit == "char":
        return "".join(symbols)
    data = symbol_bytes("".join(symbols))
    try:
        return data.decode(*UTF8)
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def symbol_bytes(symbol: str) -> bytes:
    """Return the bytes behind a symbol in GPT-2's letters; raise InputError on any other letter."""
    return bytes(letter_byte(letter) for letter in symbol)


def readable(symbol: str, unit: str = "char") -> str:
    """Return a symbol in readable form: whole characters as themselves, other bytes as `<0xE4>`.

    Example:
        >>> readable("Ġä½ł", "byte"), readable("ä½", "byte")
        (' 你', '<0xE4><0xBD>')
    """
    choice("unit", unit, UNITS)
    if unit == "char":
        return symbol
    text = symbol_bytes(symbol).decode("utf-8", "surrogateescape")
    return "".join(
        f"<0x{ord(char) - 0xDC00:02X}>" if 0xDC80 <= ord(char) <= 0xDCFF else char for char in text
    )


def character_spans(
    text: str, tokens: Iterable[str], unit: str = "char"
) -> tuple[tuple[int, int], ...]:
    """Return the span of characters that each token touches, as (first, one past the last).

    A token that holds only some bytes of a character spans that whole character, so several
    tokens can share one.

    Example:
        >>> character_spans("aé", ["a", "Ã", "©"], "byte")
        ((0, 1), (1, 2), (1, 2))
    """
    choice("unit", unit, UNITS)
    if unit == "char":
        owner: Iterable[int] = range(len(text))
    else:
        owner = [index for index, char in enumerate(text) for _ in range(len(char.encode(*UTF8)))]
    owners = list(owner)
    spans: list[tuple[int, int]] = []
    start = 0
    for token in tokens:
        stop = start + len(token)
        if stop > len(owners) or not token:
            raise InputError(
                "tokens must spell the text; {got} runs past its end.",
                got=short(token),
            )
        spans.append((owners[start], owners[stop - 1] + 1))
        start = stop
    return tuple(spans)


def well_formed(text: str) -> str:
    """Replace every unpaired surrogate by U+FFFD, because UTF-8 cannot encode surrogates.

    Two surrogates that form a pair become the character that they mean. Length is kept when no
    pair occurs.

    Example:
        >>> well_formed("a" + chr(0xD800))
        'a\ufffd'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def check_text(name: str, value: str) -> str:
    """Return a string as it is; anything else is refused in a sentence."""
    if not isinstance(value, str):
        raise InputError(
            "{name} must be text; got {got}.",
            name=name,
            got=short(value),
        )
    return value
