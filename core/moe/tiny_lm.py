"""A small mixture-of-experts language model, trained by this project, and its trace.

    ids -> embedding -> [x + attention(norm x), x + experts(norm x)] per layer -> norm -> logits

Every block's feed-forward layer is a `MoELayer`; attention has RoPE and no biases. The shape is
Mixtral's (arXiv:2401.04088), a ten-thousandth of the size. `training/moe_lm.py` trained it on four
kinds of text: English, Chinese, Python code and numbers; see `data/moe/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from core import checks
from core.attention import attention, causal_mask
from core.errors import InputError
from core.moe.layer import MoELayer, MoETrace
from core.normalization import rms_norm
from core.positions import apply_rope
from core.small_networks import read_weights, save_weights, uniform_matrix

DATA = Path(__file__).resolve().parents[2] / "data" / "moe"
DOMAINS = ("english", "chinese", "code", "numbers")
WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True)
class MoEConfig:
    """The model's sizes; `context` is the longest text that it was trained on and that it takes."""

    vocab_size: int = 4096
    dim: int = 128
    num_layers: int = 4
    num_heads: int = 4
    expert_dim: int = 96
    num_experts: int = 8
    top_k: int = 2
    rope_base: float = 10000.0
    context: int = 256


class Attention(nn.Module):
    """Causal self-attention with rotary positions."""

    def __init__(self, config: MoEConfig, generator: torch.Generator) -> None:
        """Draw the four projections."""
        super().__init__()
        self.num_heads, self.rope_base = config.num_heads, config.rope_base
        self.qkv = uniform_matrix(3 * config.dim, config.dim, generator)
        self.out = uniform_matrix(config.dim, config.dim, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Mix x (B, T, D) over the tokens before each token."""
        B, T, D = x.shape
        q, k, v = (x @ self.qkv.T).view(B, T, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        positions = torch.arange(T)
        q = apply_rope(q, positions, self.rope_base)  # (B, H, T, D/H)
        k = apply_rope(k, positions, self.rope_base)
        mixed = attention(q, k, v, causal_mask(T)).output
        return mixed.transpose(1, 2).reshape(B, T, D) @ self.out.T


class Block(nn.Module):
    """Attention, then experts, each after a norm and added to the residual stream."""

    def __init__(self, config: MoEConfig, generator: torch.Generator) -> None:
        """Draw the weights of one block."""
        super().__init__()
        self.attention_norm = nn.Parameter(torch.ones(config.dim))
        self.attention = Attention(config, generator)
        self.moe_norm = nn.Parameter(torch.ones(config.dim))
        self.moe = MoELayer(
            config.dim, config.expert_dim, config.num_experts, config.top_k, generator=generator
        )

    def forward(self, x: Tensor) -> tuple[Tensor, MoETrace]:
        """Return the new residual stream (B, T, D) and what the experts did."""
        x = x + self.attention(rms_norm(x, weight=self.attention_norm))
        trace = self.moe(rms_norm(x, weight=self.moe_norm))
        return x + trace.output, trace


class MoETransformer(nn.Module):
    """The network; the output matrix is the embedding itself."""

    def __init__(self, config: MoEConfig, generator: torch.Generator) -> None:
        """Draw all weights from one generator."""
        super().__init__()
        self.config = config
        embedding = torch.randn(config.vocab_size, config.dim, generator=generator)
        self.embedding = nn.Parameter(embedding * 0.02)
        self.blocks = nn.ModuleList(Block(config, generator) for _ in range(config.num_layers))
        self.final_norm = nn.Parameter(torch.ones(config.dim))

    def forward(self, ids: Tensor) -> tuple[Tensor, list[MoETrace]]:
        """Return logits (B, T, V) of ids (B, T), and one `MoETrace` per layer (its N is B · T)."""
        x = self.embedding[ids]
        traces = []
        for block in self.blocks:
            x, trace = block(x)
            traces.append(trace)
        return rms_norm(x, weight=self.final_norm) @ self.embedding.T, traces


@dataclass(frozen=True, slots=True, eq=False)
class MoETextTrace:
    """Where each token of a text went: T tokens, L layers, E experts, k per token.

    Attributes:
        ids: the T token ids.
        tokens: their texts (a byte that is not a whole character shows as U+FFFD).
        expert_index: (L, T, k) chosen experts, best first.
        gate: (L, T, k) their gates; they sum to 1.
        probs: (L, T, E) router probabilities.
        router_logits: (L, T, E).
        logits: (T, V) predictions of the token that follows each.
        surprisal: (T,) bits, -log2 p(token | tokens before); NaN for the first, which has none.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    expert_index: Tensor
    gate: Tensor
    probs: Tensor
    router_logits: Tensor
    logits: Tensor
    surprisal: Tensor


class MoELanguageModel:
    """The network with its tokenizer.

    Example:
        >>> model = load_moe_lm()
        >>> trace = model.trace("for i in range(10):")
        >>> tuple(trace.expert_index.shape) == (4, len(trace.ids), 2)
        True
    """

    def __init__(self, network: MoETransformer, tokenizer: Tokenizer) -> None:
        """Put a network and the tokenizer that it was trained with together."""
        if tokenizer.get_vocab_size() != network.config.vocab_size:
            raise InputError(
                "tokenizer must have the model's {vocab_size} tokens; got {got}. The "
                "two files come from different training runs.",
                vocab_size=network.config.vocab_size,
                got=tokenizer.get_vocab_size(),
            )
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.config = network.config

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text; any text works, because every byte is a token."""
        if not isinstance(text, str):
            raise InputError(
                "text must be a string; got {got}.",
                got=checks.short(text),
            )
        # A lone surrogate has no UTF-8 bytes; it becomes the character for "unreadable".
        readable = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        return self.tokenizer.encode(readable).ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of token ids; `decode(encode(text)) == text`."""
        return self.tokenizer.decode(self._check_ids(ids))

    def token_text(self, token: int) -> str:
        """Return the text of one token; part of a character shows as U+FFFD."""
        return self.decode([token])

    @torch.no_grad()
    def trace(self, text: str | Iterable[int]) -> MoETextTrace:
        """Run a text (or its ids) and return every layer's routing.

        Args:
            text: a string or token ids, 1 to `config.context` tokens.

        Returns:
            A `MoETextTrace`.

        Raises:
            ValueError: no tokens, too many, or an id outside the vocabulary.
        """
        ids = self.encode(text) if isinstance(text, str) else self._check_ids(text)
        if not 1 <= len(ids) <= self.config.context:
            raise InputError(
                "text must have 1 to {context} tokens; got {length}. Shorten it, or "
                "pass a slice of encode(text).",
                context=self.config.context,
                length=len(ids),
            )
        logits, layers = self.network(torch.tensor([ids]))
        log_probs = logits[0, :-1].log_softmax(dim=-1)
        surprisal = torch.full((len(ids),), torch.nan)
        surprisal[1:] = -log_probs.gather(1, torch.tensor(ids[1:])[:, None])[:, 0] / _LN2
        return MoETextTrace(
            ids=tuple(ids),
            tokens=tuple(self.token_text(token) for token in ids),
            expert_index=torch.stack([layer.routing.expert_index for layer in layers]),
            gate=torch.stack([layer.routing.gate for layer in layers]),
            probs=torch.stack([layer.routing.probs for layer in layers]),
            router_logits=torch.stack([layer.router_logits for layer in layers]),
            logits=logits[0],
            surprisal=surprisal,
        )

    def _check_ids(self, ids: Iterable[int]) -> list[int]:
        listed = list(ids)
        for token in listed:
            checks.integer("token id", token, 0, self.config.vocab_size - 1)
        return listed


_LN2 = 0.6931471805599453


def load_moe_lm(folder: Path | str | None = None, name: str = WEIGHTS) -> MoELanguageModel:
    """Load the model that ships with the project, or one trained again elsewhere.

    Args:
        folder: holds the weights and tokenizer.json; None = `data/moe`.
        name: the file with the weights.

    Returns:
        A `MoELanguageModel` in float32.

    Raises:
        ValueError: a file is missing or is not what it should be.
    """
    folder = DATA if folder is None else Path(folder)
    weights, vocabulary = folder / name, folder / "tokenizer.json"
    for path in (weights, vocabulary):
        if not path.is_file():
            raise InputError(
                "{name} is missing from {folder}. Run `make moe` to train it.",
                name=path.name,
                folder=folder,
            )
    try:
        config, state = read_weights(weights)
        network = MoETransformer(MoEConfig(**config), torch.Generator())
        network.load_state_dict(state)
        tokenizer = Tokenizer.from_file(str(vocabulary))
    except Exception as error:  # both libraries raise their own untyped errors
        raise InputError(
            "{folder} does not hold a readable model ({error}). Run `make moe` to train it again.",
            folder=folder,
            error=error,
        ) from error
    return MoELanguageModel(network, tokenizer)


def save_moe_lm(network: MoETransformer, folder: Path | str, name: str = WEIGHTS) -> Path:
    """Write the weights as float16 with the config in the header; returns the file's path."""
    return save_weights(network, network.config, Path(folder) / name)


def load_texts(domain: str, split: str = "held-out", folder: Path | str | None = None) -> list[str]:
    """Return the blocks of one training text: every tenth is held out, the others were trained on.

    Args:
        domain: one of `DOMAINS`.
        split: "held-out" or "train".
        folder: None = `data/moe`.

    Returns:
        Blocks in their order.

    Raises:
        ValueError: unknown domain or split, or a missing file.
    """
    checks.choice("domain", domain, DOMAINS)
    checks.choice("split", split, ("held-out", "train"))
    path = (DATA if folder is None else Path(folder)) / f"{domain}.txt"
    if not path.is_file():
        raise InputError(
            "{name} is missing from {parent}; it ships with the project.",
            name=path.name,
            parent=path.parent,
        )
    blocks = path.read_text(encoding="utf-8").rstrip("\n").split("\n%%\n")
    return [b for i, b in enumerate(blocks) if (i % 10 == 9) == (split == "held-out")]
