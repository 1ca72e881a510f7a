"""Known GPUs, the roofline of a kernel, and the numbers of FlashAttention's Figure 2."""

from __future__ import annotations

from dataclasses import dataclass

from core.flash_attention.traffic import Traffic, attention_traffic
from core.plain_checks import integer, number
from core.provenance import Printed


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU, by its maker's numbers.

    Attributes:
        name: Name and form factor.
        bandwidth: Of the memory, in bytes per second.
        peak: FP16 tensor-core operations per second with float32 sums, without sparsity.
        sram: L1 cache and shared memory of one multiprocessor (SM), in bytes.
        multiprocessors: How many of them the GPU has.
        source: The document.
    """

    name: str
    bandwidth: float
    peak: float
    sram: int
    multiprocessors: int
    source: str

    @property
    def ridge(self) -> float:
        """Return the FLOPs per byte from which on arithmetic, not memory, is the limit."""
        return self.peak / self.bandwidth

    def attainable(self, intensity: float) -> float:
        """Return the operations per second that the roofline allows at some FLOPs per byte.

        Example:
            >>> a100 = next(card for card in CARDS if card.name == "A100 SXM 40 GB")
            >>> round(a100.ridge), a100.attainable(100) / 1e12, a100.attainable(1000) / 1e12
            (201, 155.5, 312.0)

        Source: Williams, Waterman and Patterson (2009), Roofline, figure 1.
        """
        intensity = number("intensity", intensity, 0.0, low_open=True)
        return min(self.peak, intensity * self.bandwidth)

    def sram_numbers(self, bytes_per_number: int = 2) -> int:
        """Return the numbers M that one multiprocessor's SRAM holds."""
        return self.sram // integer("bytes_per_number", bytes_per_number, 1)

    def least_seconds(self, traffic: Traffic, heads: int = 1) -> float:
        """Return the time that memory or arithmetic takes at least, whichever is longer."""
        moved = traffic.bytes / self.bandwidth
        return integer("heads", heads, 1) * max(moved, traffic.flops / self.peak)


_KB = 1024
CARDS = (
    Card(
        "V100 SXM2 32 GB", 900e9, 125e12, 128 * _KB, 80,
        "NVIDIA Tesla V100 GPU Architecture (whitepaper, 2017), tables 1 and 2; V100 datasheet",
    ),
    Card(
        "T4", 320e9, 65e12, 96 * _KB, 40,
        "NVIDIA Turing GPU Architecture (whitepaper, 2018), appendix B; T4 datasheet",
    ),
    Card(
        "A100 SXM 40 GB", 1555e9, 312e12, 192 * _KB, 108,
        "NVIDIA A100 Tensor Core GPU Architecture (whitepaper, 2020), tables 1 and 4",
    ),
    Card(
        "A100 SXM 80 GB", 2039e9, 312e12, 192 * _KB, 108,
        "NVIDIA A100 80GB datasheet; SRAM: A100 whitepaper (2020), table 4",
    ),
    Card(
        "H100 SXM 80 GB", 3350e9, 989.4e12, 256 * _KB, 132,
        "NVIDIA H100 Tensor Core GPU Architecture (whitepaper, 2022); H100 datasheet",
    ),
    Card(
        "RTX 3090", 936e9, 71e12, 128 * _KB, 82,
        "NVIDIA Ampere GA102 GPU Architecture (whitepaper, 2021), appendix A",
    ),
    Card(
        "RTX 4090", 1008e9, 165.2e12, 128 * _KB, 128,
        "NVIDIA Ada GPU Architecture (whitepaper, 2022), appendix A",
    ),
)  # fmt: skip

_V1 = "Dao et al. (2022), arXiv:2205.14135, version 1"
_V2 = "Dao et al. (2022), arXiv:2205.14135, version 2"
_BOTH = "Dao et al. (2022), arXiv:2205.14135, versions 1 and 2"
_PLACE = "Figure 2, left"
#: Forward and backward pass for N = 1024, d = 64, 16 heads, batch size 64 on an A100. Version 1
#: says "key-padding mask and no dropout", version 2 "GPT-2 medium".
PRINTED_TRAFFIC = {
    ("standard", 1): Printed("35.3", _V1, _PLACE, "GB"),
    ("flash", 1): Printed("4.4", _V1, _PLACE, "GB"),
    ("standard", 2): Printed("40.3", _V2, _PLACE, "GB"),
    ("flash", 2): Printed("4.4", _V2, _PLACE, "GB"),
}
PRINTED_FLOPS = {
    "standard": Printed("66.6", _BOTH, _PLACE, "GFLOPs"),
    "flash": Printed("75.2", _BOTH, _PLACE, "GFLOPs"),
}
PRINTED_SETUP = {"length": 1024, "head_dim": 64, "sequences": 64 * 16}


def figure_2(kind: str) -> tuple[float, float]:
    """Count forward and backward pass in the setup of Figure 2, without mask and dropout.

    Args:
        kind: "standard" or "flash".

    Returns:
        Gigabytes moved, and billions of operations of the matrix products.

    Example:
        >>> [round(gigabytes, 2) for gigabytes, _flops in map(figure_2, ("standard", "flash"))]
        [25.23, 4.06]

    Source: Dao et al. (2022), arXiv:2205.14135, algorithms 0, 1, 3 and 4.
    """
    both = [
        attention_traffic(
            PRINTED_SETUP["length"], PRINTED_SETUP["head_dim"], kind, backward=backward
        )
        for backward in (False, True)
    ]
    heads = PRINTED_SETUP["sequences"]
    moved, flops = sum(t.bytes for t in both), sum(t.flops for t in both)
    return heads * moved / 1e9, heads * flops / 1e9
