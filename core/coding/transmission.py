"""Texts and pictures as bits, sent through a channel in the blocks of a code."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.coding.channels import ChannelRun, codeword_bits, message_bits, transmit
from core.errors import InputError

PICTURE_SIZE = 40


@dataclass(frozen=True, slots=True)
class Transmission:
    """A message of any length, sent block by block.

    Attributes:
        bits: (N,) bool, the message.
        decoded: (N,) bool.
        wrong: (N,) bool, where the two differ.
        padding: zeros added to fill the last block.
        uses: bits sent, the padding's included.
        flipped: how many of those the channel inverted.
        run: the blocks with every stage.
    """

    bits: Tensor
    decoded: Tensor
    wrong: Tensor
    padding: int
    uses: int
    flipped: int
    run: ChannelRun


def send_bits(bits: Tensor, code: str, flip: float, levels: Tensor) -> Transmission:
    """Send a message through a binary symmetric channel.

    Args:
        bits: (N,) bool, at least one.
        code: one of `CODES`.
        flip: probability that a bit is inverted.
        levels: uniform in [0, 1), at least `uses_of(code, N)` of them; further ones are not used.
            A sent bit is inverted where its level is below `flip`.

    Returns:
        A Transmission.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        Five bits in Hamming's blocks of four take 2 · 7 uses, with three zeros of padding.

    Source: MacKay (2003), section 1.2 and figure 1.11.
    """
    if not isinstance(bits, Tensor) or bits.dtype != torch.bool or bits.ndim != 1 or not len(bits):
        raise InputError(
            "bits must be a (N,) bool tensor of one bit or more; got {got}.",
            got=checks.short(bits),
        )
    size, uses = message_bits(code), uses_of(code, len(bits))
    if levels.ndim != 1 or len(levels) < uses:
        raise InputError(
            "levels must hold {uses} numbers or more; got shape {shape}.",
            uses=uses,
            shape=tuple(levels.shape),
        )
    padding = -len(bits) % size
    padded = torch.cat((bits, bits.new_zeros(padding))).reshape(-1, size)
    run = transmit(code, flip, padded, levels[:uses].reshape(len(padded), -1))
    decoded = run.decoded.flatten()[: len(bits)]
    flipped = int((run.sent ^ run.received).sum())
    return Transmission(bits, decoded, bits ^ decoded, padding, uses, flipped, run)


def uses_of(code: str, bits: int) -> int:
    """Return how often the channel is used for a message, which is filled up to whole blocks.

    Example:
        `uses_of("repetition-3", 8)` is 24; `uses_of("hamming-7-4", 5)` is 14.
    """
    return -(-bits // message_bits(code)) * codeword_bits(code)


def text_bits(text: str) -> Tensor:
    """Return a text's UTF-8 bytes as (8 · bytes,) bool, the highest bit of each byte first.

    Example:
        `text_bits("A")` is 01000001.
    """
    data = list(text.encode("utf-8", "replace"))
    places = torch.arange(7, -1, -1)
    return (
        (torch.tensor(data, dtype=torch.int64)[:, None] >> places).bitwise_and(1).bool().flatten()
    )


def read_characters(text: str, bits: Tensor) -> tuple[str, ...]:
    """Return what was received for each character of a text.

    Every character is read from its own bytes, so that a damaged one does not shift the rest.

    Args:
        text: what was sent.
        bits: (8 · bytes,) bool, as received or decoded.

    Returns:
        One text per character; "�" for bytes that are no UTF-8.

    Raises:
        ValueError: if there are not as many bits as the text has.

    Example:
        `read_characters("AB", text_bits("AC"))` is ("A", "C").

    Source: RFC 3629 (UTF-8).
    """
    lengths = [len(character.encode("utf-8", "replace")) for character in text]
    if bits.shape != (8 * sum(lengths),):
        raise InputError(
            "bits must be the {n} bits of the text; got shape {shape}.",
            n=8 * sum(lengths),
            shape=tuple(bits.shape),
        )
    weights = 2 ** torch.arange(7, -1, -1)
    data = bytes((bits.reshape(-1, 8) * weights).sum(1).tolist())
    characters, start = [], 0
    for length in lengths:
        characters.append(data[start : start + length].decode("utf-8", "replace"))
        start += length
    return tuple(characters)


def sample_picture(size: int = PICTURE_SIZE) -> Tensor:
    """Return a (size, size) bool picture of a face, True where it is dark; row 0 is on top.

    Raises:
        ValueError: if size is below 8.
    """
    size = checks.integer("size", size, 8, 1000)
    line = torch.linspace(-1, 1, size, dtype=torch.float64)
    y, x = line[:, None], line[None, :]
    radius = (x**2 + y**2).sqrt()
    outline = (radius - 0.86).abs() < 0.09
    eyes = ((x.abs() - 0.34) / 0.11) ** 2 + ((y + 0.26) / 0.16) ** 2 < 1
    mouth = ((radius - 0.5).abs() < 0.08) & (y > 0.18)
    return outline | eyes | mouth
