"""Every tensor of a transformer block, with the einsum that makes it and what it costs.

One letter per axis: B sequences, T queries, S keys (S = T), C model width, H heads, or K key/value
heads with G query heads each, D head width, F hidden width, E experts, A experts per token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.plain_checks import integer
from core.shapes.configs import as_shape
from core.shapes.model_shape import ModelShape
from core.shapes.tensors import Block, TensorShape


def block_shapes(
    config: ModelShape | Mapping[str, Any], batch: int, length: int, *, bytes_per_value: int = 2
) -> list[TensorShape]:
    """Return every tensor of one block in the order in which a forward pass makes them.

    Of a model with dense and sparse blocks it is a sparse one; of an encoder-decoder, a block of
    the encoder. Masked scores are computed and counted, as in a plain implementation.

    Args:
        config: a row of `KNOWN_MODELS` or a mapping of its fields.
        batch: sequences B; 1 or more.
        length: tokens T of each; 1 or more.
        bytes_per_value: 2 for bfloat16, 4 for float32.

    Raises:
        InputError: a config that `as_shape` rejects, or a size below 1.

    Example:
        >>> from core.shapes import KNOWN_MODELS
        >>> block_shapes(KNOWN_MODELS["SmolLM2-135M"], 2, 10)[2].einsum
        'BTC,CKGD->BTKGD'

    Source: Vaswani et al. 2017, section 3; grouped heads: Ainslie et al. 2023, arXiv:2305.13245;
    2 FLOPs per multiply-add: Kaplan et al. 2020, arXiv:2001.08361, section 2.1.
    """
    shape = as_shape(config)
    integer("batch", batch, 1)
    integer("length", length, 1)
    integer("bytes_per_value", bytes_per_value, 1)
    block = Block(shape, batch, length, bytes_per_value)
    block.add("x", "BTC", "", (), kind="input", part="stream")
    parallel = shape.norms_per_block == 1
    read = "x" if shape.post_norm else block.norm("norm 1", "x")
    mixed = _attention(block, shape, read)
    if shape.norms_per_block == 4:
        mixed = block.norm("norm after attention", mixed)
    if parallel:
        ffn = _ffn(block, shape, read)
        block.residual("output", ("x", mixed, ffn))
        return block.tensors
    stream = block.residual("residual 1", ("x", mixed))
    normed = block.norm("norm 1" if shape.post_norm else "norm 2", stream)
    if shape.post_norm:
        stream = normed
    ffn = _ffn(block, shape, normed)
    if shape.norms_per_block == 4:
        ffn = block.norm("norm after FFN", ffn)
    if shape.post_norm:
        block.norm("norm 2", block.residual("residual 2", (stream, ffn)))
    else:
        block.residual("output", (stream, ffn))
    return block.tensors


def _attention(block: Block, shape: ModelShape, read: str) -> str:
    if shape.latent is not None:
        return _latent_attention(block, shape, read)
    grouped = shape.num_kv_heads < shape.num_heads
    heads, keys = ("KG", "K") if grouped else ("H", "H")
    q_axes, k_axes = f"BT{heads}D", f"BS{keys}D"
    biased = shape.attention_biases
    q = block.project("q", "BTC", q_axes, f"C{heads}D", read, "attention",
                      f"{heads}D" if biased else "")  # fmt: skip
    k, v = (
        block.project(name, "BSC", k_axes, f"C{keys}D", read, "attention",
                      f"{keys}D" if biased else "")
        for name in ("k", "v")
    )  # fmt: skip
    if shape.qk_norm:  # one gain per channel: of a head (Qwen3), or of all heads (OLMoE)
        whole = shape.qk_norm == block.size("HD") + block.size("KD")
        q = block.norm("q normalized", q, q_axes, f"{heads}D" if whole else "D")
        k = block.norm("k normalized", k, k_axes, f"{keys}D" if whole else "D")
    if shape.rope:
        q = block.add("q rotated", q_axes, f"{q_axes}->{q_axes}", (q,), part="attention",
                      kind="rotate")  # fmt: skip
        k = block.add("k rotated", k_axes, f"{k_axes}->{k_axes}", (k,), part="attention",
                      kind="rotate")  # fmt: skip
    return _mix(block, heads, q_axes, k_axes, k_axes, "D", (q, k, v), biased)


def _mix(
    block: Block, heads: str, q_axes: str, k_axes: str, v_axes: str, value: str,
    qkv: tuple[str, str, str], biased: bool = False,
) -> str:  # fmt: skip
    """Add the scores, the weights, the weighted values and the output projection."""
    square, out = f"B{heads}TS", f"BT{heads}{value}"
    q, k, v = qkv
    block.add("scores", square, f"{q_axes},{k_axes}->{square}", (q, k), flops=True,
              part="attention", kind="scores")  # fmt: skip
    block.add("weights", square, f"{square}->{square}", ("scores",), part="attention",
              kind="softmax")  # fmt: skip
    block.add("heads", out, f"{square},{v_axes}->{out}", ("weights", v), flops=True,
              part="attention", kind="mix")  # fmt: skip
    return block.project("attention output", out, "BTC", f"{heads}{value}C", "heads", "attention",
                         "C" if biased else "")  # fmt: skip


def _latent_attention(block: Block, shape: ModelShape, read: str) -> str:
    """Add DeepSeek-V2's attention: Q and R are ranks, N and P the plain and the rotated width."""
    latent = shape.latent
    assert latent is not None
    block.sizes |= {"Q": latent.q_rank, "R": latent.kv_rank, "N": latent.nope_dim}
    block.sizes |= {"P": latent.rope_dim, "M": latent.value_dim}
    block.sizes["D"] = latent.nope_dim + latent.rope_dim
    part = "attention"
    block.project("latent q", "BTC", "BTQ", "CQ", read, part)
    block.norm("latent q normalized", "latent q", "BTQ", "Q")
    q = block.project("q", "BTQ", "BTHD", "QHD", "latent q normalized", part)
    block.project("latent kv", "BSC", "BSR", "CR", read, part)
    block.norm("latent kv normalized", "latent kv", "BSR", "R")
    block.project("k rotated part", "BSC", "BSP", "CP", read, part)
    block.project("k plain part", "BSR", "BSHN", "RHN", "latent kv normalized", part)
    v = block.project("v", "BSR", "BSHM", "RHM", "latent kv normalized", part)
    q = block.add("q rotated", "BTHD", "BTHD->BTHD", (q,), part=part, kind="rotate")
    k = block.add("k", "BSHD", "BSHN,BSP->BSHD", ("k plain part", "k rotated part"), part=part,
                  kind="join")  # fmt: skip
    return _mix(block, "H", "BTHD", "BSHD", "BSHM", "M", (q, k, v))


def _ffn(block: Block, shape: ModelShape, read: str) -> str:
    sparse = shape.num_experts > 1
    hidden, axes = ("BTAF", "BTA") if sparse else ("BTF", "BT")
    if sparse:
        block.project("router logits", "BTC", "BTE", "CE", read, "router")
        block.add("router weights", "BTA", "BTE->BTA", ("router logits",), part="router",
                  kind="choose")  # fmt: skip
    chosen = "BTA" if sparse else ""  # each token has its own A matrices
    steps = ("gate", "up") if shape.gated else ("up",)
    for name in steps:
        block.add(name, hidden, f"BTC,{chosen}CF->{hidden}", (read,),
                  weights="ECF" if sparse else "CF", bias="F" if shape.ffn_biases else "",
                  flops=True, part="ffn", kind="project")  # fmt: skip
    block.add("hidden", hidden, ",".join([hidden] * len(steps)) + f"->{hidden}", steps, part="ffn",
              kind="gate" if shape.gated else "activation")  # fmt: skip
    down = block.add(
        "expert output" if sparse else "FFN output", f"{axes}C",
        f"{hidden},{chosen}FC->{axes}C", ("hidden",), weights="EFC" if sparse else "FC",
        bias="C" if shape.ffn_biases else "", flops=True, part="ffn", kind="project",
    )  # fmt: skip
    if sparse:
        down = block.add("FFN output", "BTC", "BTA,BTAC->BTC", ("router weights", down), flops=True,
                         part="ffn", kind="combine")  # fmt: skip
    return _shared(block, shape, read, down) if sparse and shape.num_shared else down


def _shared(block: Block, shape: ModelShape, read: str, routed: str) -> str:
    """Add the shared experts, which are one FFN of X = their number times the hidden width."""
    block.sizes["X"] = shape.num_shared * shape.expert_dim
    steps = ("shared gate", "shared up") if shape.gated else ("shared up",)
    for name in steps:
        block.project(name, "BTC", "BTX", "CX", read, "ffn")
    block.add("shared hidden", "BTX", ",".join(["BTX"] * len(steps)) + "->BTX", steps, part="ffn",
              kind="gate" if shape.gated else "activation")  # fmt: skip
    out = block.project("shared output", "BTX", "BTC", "XC", "shared hidden", "ffn")
    return block.add("experts together", "BTC", "BTC,BTC->BTC", (routed, out), part="ffn",
                     kind="add")  # fmt: skip
