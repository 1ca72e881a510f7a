"""Numbers that attention moves between a GPU's memory (HBM) and its on-chip memory (SRAM)."""

from __future__ import annotations

from dataclasses import dataclass

from core.plain_checks import choice, integer

KINDS = ("standard", "flash")
#: What SRAM holds in `attention_traffic` by default: 192 KB of 2-byte numbers, an A100's SM.
A100_SRAM_NUMBERS = 192 * 1024 // 2


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one head's attention over one sequence moves and computes.

    Attributes:
        kind: "standard" or "flash".
        read: Numbers read from HBM.
        written: Numbers written to HBM.
        block_columns: Keys per tile, Bc; the sequence's length for "standard".
        block_rows: Queries per tile, Br; likewise.
        column_tiles: Tiles of keys, Tc.
        row_tiles: Tiles of queries, Tr.
        extra: Numbers kept in HBM besides q, k, v and the output: 2N² (scores and weights) or 2N
            (m and ℓ).
        flops: Floating-point operations of the matrix products.
        bytes_per_number: Bytes per number.
    """

    kind: str
    read: int
    written: int
    block_columns: int
    block_rows: int
    column_tiles: int
    row_tiles: int
    extra: int
    flops: int
    bytes_per_number: int

    @property
    def numbers(self) -> int:
        """Return the numbers moved, read and written."""
        return self.read + self.written

    @property
    def bytes(self) -> int:
        """Return the bytes moved."""
        return self.numbers * self.bytes_per_number

    @property
    def extra_bytes(self) -> int:
        """Return the bytes kept in HBM besides q, k, v and the output."""
        return self.extra * self.bytes_per_number

    @property
    def intensity(self) -> float:
        """Return the arithmetic intensity, in FLOPs per byte."""
        return self.flops / self.bytes


def attention_traffic(
    length: int,
    head_dim: int,
    kind: str = "standard",
    sram_numbers: int = A100_SRAM_NUMBERS,
    bytes_per_number: int = 2,
    *,
    backward: bool = False,
) -> Traffic:
    """Count what one head's attention moves between HBM and SRAM.

    Standard attention writes the scores, reads them for the softmax, writes the weights and reads
    them again: 4N² + 4Nd numbers. FlashAttention loads K and V once. For each of the Tc tiles of
    keys it reads Q, O, m and ℓ, and writes O, m and ℓ: 2Nd + Tc·(3Nd + 4N) numbers. Setting O, m
    and ℓ to their initial values is not counted.

    Args:
        length: Tokens N, at least 1.
        head_dim: Head size d, at least 1.
        kind: "standard" or "flash".
        sram_numbers: Numbers M that SRAM holds, at least d; not used by "standard".
        bytes_per_number: At least 1.
        backward: Count the backward pass instead: 7N² + 8Nd, or 4Nd + Tc·(5Nd + 2N) numbers.

    Returns:
        The counts, of which `block_columns` is ⌈M/4d⌉ and `block_rows` is min(⌈M/4d⌉, d), neither
        above N.

    Raises:
        ValueError: An argument is out of range.

    Example:
        >>> attention_traffic(1024, 64).numbers == 4 * 1024**2 + 4 * 1024 * 64
        True
        >>> flash = attention_traffic(1024, 64, "flash")
        >>> flash.block_columns, flash.block_rows, flash.column_tiles, flash.numbers
        (384, 64, 3, 733184)

    Source: Dao et al. (2022), arXiv:2205.14135, algorithms 0 and 1; backward: algorithms 3 and 4.
    """
    n, d = integer("length", length, 1), integer("head_dim", head_dim, 1)
    choice("kind", kind, KINDS)
    size = integer("bytes_per_number", bytes_per_number, 1)
    m = integer("sram_numbers", sram_numbers, d)
    flash = kind == "flash"
    tile = -(-m // (4 * d))
    columns = min(tile, n) if flash else n
    rows = min(tile, d, n) if flash else n
    passes = -(-n // columns)
    if not flash:
        read = 5 * n**2 + 5 * n * d if backward else 2 * n**2 + 3 * n * d
        written = 2 * n**2 + 3 * n * d if backward else 2 * n**2 + n * d
    elif backward:
        read = 2 * n * d + passes * (4 * n * d + 2 * n)
        written = 2 * n * d + passes * n * d
    else:
        read = 2 * n * d + passes * (2 * n * d + 2 * n)
        written = passes * (n * d + 2 * n)
    # q·kᵀ and p·v; backwards four products, and q·kᵀ once more if it was not kept.
    products = (5 if flash else 4) if backward else 2
    return Traffic(
        kind=kind,
        read=read,
        written=written,
        block_columns=columns,
        block_rows=rows,
        column_tiles=passes,
        row_tiles=-(-n // rows),
        extra=2 * n if flash else 2 * n**2,
        flops=products * 2 * n**2 * d,
        bytes_per_number=size,
    )
