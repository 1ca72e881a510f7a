"""The shape of a transformer: the sizes that decide its parameters and FLOPs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LatentAttention:
    """Multi-head latent attention: queries and keys/values pass through narrow ranks.

    Source: DeepSeek-V2, arXiv:2405.04434, section 2.1; DeepSeek-V3, arXiv:2412.19437, eq. 1-11.
    """

    q_rank: int
    kv_rank: int
    nope_dim: int
    rope_dim: int
    value_dim: int


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The sizes that decide a transformer's parameters and FLOPs. A dense model has one expert.

    Attributes:
        name: the model's name.
        layers: transformer blocks; of an encoder-decoder, both stacks together.
        dim: width of the residual stream.
        vocab_size: tokens.
        num_heads: query heads.
        num_kv_heads: key/value heads.
        head_dim: width of a head.
        expert_dim: hidden width of one routed expert; of the FFN in a dense model.
        num_experts: routed experts per MoE layer.
        top_k: routed experts per token.
        num_shared: shared experts, of the same width.
        dense_layers: blocks whose FFN is an ordinary one, of `dense_dim`.
        dense_dim: hidden width of those.
        ffn_matrices: 3 for a gated FFN such as SwiGLU, 2 for the plain FFN.
        tied: input and output embedding are one matrix.
        latent: set for multi-head latent attention.
        qk_norm: widths of the q and k norm weights together, per block.
        norms_per_block: gains of width `dim` per block.
        cross_layers: decoder blocks with a second attention (encoder-decoder).
        final_norms: gains of width `dim` after the stacks.
        context: longest context in tokens that the configuration states; 0 if unknown.
        window: tokens that a layer with sliding-window attention keeps; 0 if there are none.
        local_layers: layers with that window; the others attend to the whole context.
        extra: all other parameters, used for every token: those of the six fields below, and
            what no field names (relative positions, selection biases).
        positions: rows of the learned position embedding, of width `dim`.
        segments: rows of the segment embedding, of width `dim`.
        pooler: BERT's pooler, a linear layer from `dim` to `dim` after the last block.
        attention_biases: the four linear layers of the attention have biases.
        ffn_biases: the linear layers of the FFN have biases.
        norm_biases: the norms of width `dim` have biases.
        rope: queries and keys are rotated by their position.
        post_norm: the norms come after the residual additions, not before the layers.
        published_total: parameters that its authors state, in billions; None if they state none.
        published_active: the same for the parameters that are active per token.
        source: where shape and published figures come from.
    """

    name: str
    layers: int
    dim: int
    vocab_size: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    expert_dim: int
    num_experts: int = 1
    top_k: int = 1
    num_shared: int = 0
    dense_layers: int = 0
    dense_dim: int = 0
    ffn_matrices: int = 3
    tied: bool = False
    latent: LatentAttention | None = None
    qk_norm: int = 0
    norms_per_block: int = 2
    cross_layers: int = 0
    final_norms: int = 1
    context: int = 0
    window: int = 0
    local_layers: int = 0
    extra: int = 0
    positions: int = 0
    segments: int = 0
    pooler: bool = False
    attention_biases: bool = False
    ffn_biases: bool = False
    norm_biases: bool = False
    rope: bool = True
    post_norm: bool = False
    published_total: float | None = None
    published_active: float | None = None
    source: str = ""

    @property
    def gated(self) -> bool:
        """Return whether the FFN has a gate, that is, three matrices."""
        return self.ffn_matrices == 3
