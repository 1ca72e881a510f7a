"""Two small transformers of this project that differ only in their mask: an encoder and a decoder.

    ids -> embedding -> [x + attention(norm x), x + FFN(norm x)] per layer -> norm -> logits

The encoder attends to the whole text and learned to fill [MASK]; its causal twin attends to the
left only and learned to predict the next token. Same size, text and number of steps; see
`training/bert.py` and `data/bert/README.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from core.checks import integer, short
from core.errors import InputError
from core.normalization import rms_norm
from core.positions import apply_rope
from core.small_networks import read_weights, save_weights, uniform_matrix

DATA = Path(__file__).resolve().parents[2] / "data" / "bert"
NAMES = ("encoder", "causal")
SPECIAL = ("[UNK]", "[CLS]", "[MASK]")  # ids 0, 1, 2
UNK, CLS, MASK = range(3)
GAP = "_"


@dataclass(frozen=True, slots=True)
class TwinConfig:
    """The sizes that both twins share; `context` counts [CLS]."""

    vocab_size: int = 2048
    dim: int = 96
    num_layers: int = 2
    num_heads: int = 4
    hidden_dim: int = 256
    rope_base: float = 10000.0
    context: int = 64


class Block(nn.Module):
    """Attention, then a feed-forward network, each after a norm and added to the stream."""

    def __init__(self, config: TwinConfig, generator: torch.Generator) -> None:
        """Draw the weights of one block."""
        super().__init__()
        D, self.config = config.dim, config
        self.attention_norm, self.ffn_norm = (nn.Parameter(torch.ones(D)) for _ in range(2))
        self.qkv = uniform_matrix(3 * D, D, generator)
        self.out = nn.Parameter(torch.zeros(D, D))  # A block starts as the identity.
        self.up = uniform_matrix(config.hidden_dim, D, generator)
        self.down = nn.Parameter(torch.zeros(D, config.hidden_dim))

    def forward(self, x: Tensor, causal: bool) -> Tensor:
        """Return the new residual stream (B, T, D); `causal` hides the tokens on the right."""
        B, T, D = x.shape
        mixed = rms_norm(x, weight=self.attention_norm) @ self.qkv.T
        q, k, v = mixed.view(B, T, 3, self.config.num_heads, -1).permute(2, 0, 3, 1, 4)
        places = torch.arange(T)
        q, k = (apply_rope(a, places, self.config.rope_base) for a in (q, k))  # (B, H, T, D/H)
        heads = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + heads.transpose(1, 2).reshape(B, T, D) @ self.out.T
        inner = F.gelu(rms_norm(x, weight=self.ffn_norm) @ self.up.T)
        return x + inner @ self.down.T


class Twin(nn.Module):
    """One of the twins; the output matrix is the embedding itself."""

    def __init__(self, config: TwinConfig, causal: bool, generator: torch.Generator) -> None:
        """Draw all weights from one generator."""
        super().__init__()
        self.config, self.causal = config, causal
        drawn = torch.randn(config.vocab_size, config.dim, generator=generator)
        self.embedding = nn.Parameter(drawn * 0.02)
        self.blocks = nn.ModuleList(Block(config, generator) for _ in range(config.num_layers))
        self.final_norm = nn.Parameter(torch.ones(config.dim))

    def hidden(self, ids: Tensor) -> Tensor:
        """Return the last hidden states (B, T, D) of ids (B, T)."""
        x = self.embedding[ids]
        for block in self.blocks:
            x = block(x, self.causal)
        return rms_norm(x, weight=self.final_norm)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (B, T, V): of each token itself (encoder) or of the next (decoder)."""
        return self.hidden(ids) @ self.embedding.T


@dataclass(frozen=True, slots=True)
class GappedText:
    """A text with gaps, as the twins read it.

    Attributes:
        ids: (T,) token ids, [CLS] first; [MASK] in a gap that the text itself marks with "_".
        gaps: Positions of the gaps in `ids`.
        dropped: Number of tokens beyond the context, which are left out.
    """

    ids: tuple[int, ...]
    gaps: tuple[int, ...]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Guesses:
    """What both twins put into the gaps of a text; G gaps.

    Attributes:
        gaps: Positions of the gaps.
        encoder: (G, V) probabilities of the encoder, which reads the text on both sides.
        causal: (G, V) probabilities of the causal twin, which reads the text on the left; in
            earlier gaps it reads its own best guess.
        causal_input: (T,) ids that the causal twin read.
    """

    gaps: tuple[int, ...]
    encoder: Tensor
    causal: Tensor
    causal_input: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Twins:
    """The two networks with their tokenizer and the record of their training."""

    encoder: Twin
    causal: Twin
    tokenizer: Tokenizer
    record: dict[str, Any]

    @property
    def config(self) -> TwinConfig:
        """Return the sizes that both share."""
        return self.encoder.config

    def token_text(self, token: int) -> str:
        """Return a token as the vocabulary spells it ("##" continues a word)."""
        integer("token", token, 0, self.config.vocab_size - 1)
        return self.tokenizer.id_to_token(token) or ""

    def read(self, text: str) -> GappedText:
        """Tokenize a text in which "_" is a gap; any text works, and at most `context` tokens fit.

        Example:
            >>> load_twins().read("in the _ god").gaps
            (3,)
        """
        if not isinstance(text, str):
            raise InputError("text must be a string; got {got}.", got=short(text))
        readable = text[:20_000].encode("utf-8", "replace").decode("utf-8")
        ids = [CLS]
        for piece in re.split(f"({GAP})", readable):
            ids += [MASK] if piece == GAP else self.tokenizer.encode(piece).ids
        kept = ids[: self.config.context]
        gaps = tuple(i for i, token in enumerate(kept) if token == MASK)
        return GappedText(tuple(kept), gaps, len(ids) - len(kept))

    @torch.no_grad()
    def fill(self, ids: Sequence[int], gaps: Sequence[int]) -> Guesses:
        """Let both twins guess the tokens in the gaps.

        Args:
            ids: T token ids, [CLS] first; the tokens at the gaps are not read.
            gaps: positions in `ids`, 1 to T - 1.

        Raises:
            ValueError: when there is no gap, or a gap is outside the text.
        """
        listed = list(ids)
        integer("number of tokens", len(listed), 2, self.config.context)
        if not gaps:
            raise InputError("gaps must have at least one position; got none.")
        for gap in gaps:
            integer("gap", gap, 1, len(listed) - 1)
        gaps = tuple(sorted(set(gaps)))
        masked = torch.tensor([listed])
        masked[0, list(gaps)] = MASK
        guess = torch.softmax(self.encoder(masked)[0, list(gaps)], dim=-1)
        rows = []
        for gap in gaps:
            row = torch.softmax(self.causal(torch.tensor([listed[:gap]]))[0, -1], dim=-1)
            rows.append(row)
            listed[gap] = int(row.argmax())
        return Guesses(gaps, guess, torch.stack(rows), tuple(listed))


def load_twins(folder: Path | str | None = None) -> Twins:
    """Load the twins that ship with the project, or ones trained again elsewhere, in float32.

    Args:
        folder: holds encoder.safetensors, causal.safetensors, tokenizer.json and training.json;
            None = `data/bert`.

    Raises:
        ValueError: a file is missing or is not what it should be.
    """
    folder = DATA if folder is None else Path(folder)
    record = load_record(folder)
    try:
        tokenizer = load_tokenizer(folder)
        encoder, causal = (_load(folder / f"{name}.safetensors") for name in NAMES)
    except Exception as error:  # the libraries raise their own untyped errors
        raise _unreadable(folder, error) from error
    return Twins(encoder, causal, tokenizer, record)


def load_record(folder: Path | str | None = None) -> dict[str, Any]:
    """Load the record of the training: settings, results and curves of both networks.

    Raises:
        ValueError: the file training.json is missing or unreadable.
    """
    folder = DATA if folder is None else Path(folder)
    try:
        return json.loads((folder / "training.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: Exception) -> InputError:
    return InputError(
        "{folder} does not hold the two networks ({error}). Run `make bert` to train them.",
        folder=folder,
        error=error,
    )


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load the tokenizer; the names of special tokens inside a text are ordinary text."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return tokenizer


def _load(path: Path) -> Twin:
    config, state = read_weights(path)
    twin = Twin(TwinConfig(**config), path.stem == "causal", torch.Generator())
    twin.load_state_dict(state)
    return twin.eval()


def save_twin(twin: Twin, folder: Path) -> Path:
    """Write the weights as float16 with the config in the header; return the file's path."""
    return save_weights(twin, twin.config, folder / f"{NAMES[twin.causal]}.safetensors")
