"""Heads named in a text box, such as "L17H4 L18": parsed, toggled, and reported if unknown."""

from __future__ import annotations

import re

import streamlit as st

from ui import Text, _

Head = tuple[int, int]
_NAME = re.compile(r"[Ll]?(\d{1,4})(?:[Hh.](\d{1,4}))?")


def name_of(head: Head) -> str:
    """Return a head's usual name: L17H4 is head 4 of layer 17, both counted from 0."""
    return f"L{head[0]}H{head[1]}"


def parse(text: str, sizes: tuple[int, int]) -> tuple[list[Head], list[str]]:
    """Return the heads that a text names, in order and once each, and the names of no head.

    Args:
        text: Names separated by spaces, commas or semicolons; a layer's name stands for its heads.
        sizes: Layers and heads of the model.
    """
    found: list[Head] = []
    unknown: list[str] = []
    for word in re.split(r"[\s,;，；、]+", text.strip()):
        match = _NAME.fullmatch(word)
        layer, head = (match[1], match[2]) if match else (None, None)
        if layer is None or int(layer) >= sizes[0] or (head and int(head) >= sizes[1]):
            unknown += [word] if word else []
            continue
        heads = range(sizes[1]) if head is None else [int(head)]
        found += [(int(layer), each) for each in heads]
    return list(dict.fromkeys(found)), unknown


def problem(control: str, unknown: list[str], sizes: tuple[int, int]) -> str:
    """Return a sentence on names of no head; "" if there are none."""
    if not unknown:
        return ""
    return _(
        "“{control}” names heads that this model does not have: {names}. Use L0H0 to {last}."
    ).format(
        control=control,
        names=", ".join(name[:12] for name in unknown[:6]),
        last=name_of((sizes[0] - 1, sizes[1] - 1)),
    )


def toggle_button(label: str, control: Text, head: Head, sizes: tuple[int, int]) -> None:
    """Draw a button that adds a head to a text box, or removes it."""

    def toggle() -> None:
        heads, _unknown = parse(control.value, sizes)
        kept = [each for each in heads if each != head] if head in heads else [*heads, head]
        control.set(" ".join(map(name_of, kept)))

    st.button(label, key=f"{control.key}_toggle", on_click=toggle, width="stretch")
