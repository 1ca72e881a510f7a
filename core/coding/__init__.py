"""Codes: Huffman, arithmetic coding under a model, noisy channels, common compressors."""

from core.coding.arithmetic import (
    ArithmeticStep,
    ArithmeticTrace,
    arithmetic_decode,
    arithmetic_decode_steps,
    arithmetic_encode,
    arithmetic_trace,
    ideal_bits,
    quantize,
)
from core.coding.capacity import (
    CapacityStep,
    ChannelCapacity,
    bec_capacity,
    blahut_arimoto,
    bsc_capacity,
    z_channel_capacity,
)
from core.coding.channels import (
    CODES,
    ChannelRun,
    channel_decode,
    channel_encode,
    expected_bit_error_rate,
    simulate_bsc,
)
from core.coding.compressors import compare_compressors
from core.coding.huffman import (
    HuffmanCode,
    HuffmanNode,
    HuffmanStep,
    block_huffman,
    huffman_code,
)

__all__ = [
    "CODES",
    "ArithmeticStep",
    "ArithmeticTrace",
    "CapacityStep",
    "ChannelCapacity",
    "ChannelRun",
    "HuffmanCode",
    "HuffmanNode",
    "HuffmanStep",
    "arithmetic_decode",
    "arithmetic_decode_steps",
    "arithmetic_encode",
    "arithmetic_trace",
    "bec_capacity",
    "blahut_arimoto",
    "block_huffman",
    "bsc_capacity",
    "channel_decode",
    "channel_encode",
    "compare_compressors",
    "expected_bit_error_rate",
    "huffman_code",
    "ideal_bits",
    "quantize",
    "simulate_bsc",
    "z_channel_capacity",
]
