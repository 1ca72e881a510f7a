"""Every intermediate of a forward pass, kept by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.activations import ACTIVATIONS, glu
from core.lm.errors import ModelError

# What `LanguageModel.trace` can keep, with the float32 numbers that each takes per layer.
TRACE_NAMES: Mapping[str, str] = {
    "queries": "H·T·d",
    "keys": "Hkv·T·d",
    "values": "Hkv·T·d",
    "rotated_queries": "H·T·d",
    "rotated_keys": "Hkv·T·d",
    "scores": "H·T·T",
    "attentions": "H·T·T",
    "head_outputs": "H·T·d",
    "attention_outputs": "T·D",
    "residual_middle": "T·D",
    "gates": "T·F",
    "ups": "T·F",
    "ffn_outputs": "T·D",
}
DEFAULT_KEEP = (
    "queries",
    "keys",
    "values",
    "rotated_queries",
    "rotated_keys",
    "attentions",
    "head_outputs",
    "gates",
)


@dataclass(frozen=True, slots=True)
class ModelTrace:
    """What a forward pass computed; L' is the number of layers kept, in the order of `layers`.

    At 512 tokens the default model's `attentions` of all layers take 283 MB, `scores` as much
    again, `gates` 94 MB, `ups` too, all of `DEFAULT_KEEP` 0.5 GB: for long texts keep what you
    draw. What follows from the kept (`logits`, `gate_activations`, `gated`) is computed when it
    is asked for.
    """

    ids: tuple[int, ...]
    layers: tuple[int, ...]
    hidden: Tensor  # (L + 1, T, D): the residual stream before each layer, then after the last
    final: Tensor  # (T, D): the last of them, normalized, from which the logits come
    kept: Mapping[str, Tensor]  # by the names of TRACE_NAMES, each (L', ...)
    unembedding: Tensor  # (V, D): the model's own output matrix, not a copy

    @property
    def queries(self) -> Tensor:
        """Return (L', H, T, d), before RoPE; neighbors (2i, 2i+1) are the pairs that it rotates."""
        return self._get("queries")

    @property
    def keys(self) -> Tensor:
        """Return (L', Hkv, T, d), before RoPE; query head h reads key head h // (H / Hkv)."""
        return self._get("keys")

    @property
    def values(self) -> Tensor:
        """Return (L', Hkv, T, d)."""
        return self._get("values")

    @property
    def rotated_queries(self) -> Tensor:
        """Return (L', H, T, d), after RoPE."""
        return self._get("rotated_queries")

    @property
    def rotated_keys(self) -> Tensor:
        """Return (L', Hkv, T, d), after RoPE."""
        return self._get("rotated_keys")

    @property
    def scores(self) -> Tensor:
        """Return (L', H, T, T): q·k/√d before the mask."""
        return self._get("scores")

    @property
    def attentions(self) -> Tensor:
        """Return (L', H, T, T): attention weights, [layer, head, from, to]; rows sum to 1."""
        return self._get("attentions")

    @property
    def head_outputs(self) -> Tensor:
        """Return (L', H, T, d): each head's weighted sum of values."""
        return self._get("head_outputs")

    @property
    def attention_outputs(self) -> Tensor:
        """Return (L', T, D): what attention adds to the residual stream."""
        return self._get("attention_outputs")

    @property
    def residual_middle(self) -> Tensor:
        """Return (L', T, D): the residual stream between attention and the feed-forward network."""
        return self._get("residual_middle")

    @property
    def gates(self) -> Tensor:
        """Return (L', T, F): the inputs of SiLU."""
        return self._get("gates")

    @property
    def gate_activations(self) -> Tensor:
        """Return (L', T, F): silu(gates)."""
        return ACTIVATIONS["silu"].fn(self.gates)

    @property
    def ups(self) -> Tensor:
        """Return (L', T, F): the values that the gates scale."""
        return self._get("ups")

    @property
    def gated(self) -> Tensor:
        """Return (L', T, F): ups ⊙ silu(gates)."""
        return glu(self.ups, self.gates, "silu")

    @property
    def ffn_outputs(self) -> Tensor:
        """Return (L', T, D): what the feed-forward network adds to the residual stream."""
        return self._get("ffn_outputs")

    @property
    def logits(self) -> Tensor:
        """Return (T, V): row t predicts token t + 1."""
        return self._unembed(self.final)

    @property
    def next_logits(self) -> Tensor:
        """Return (V,): the last row of `logits`, for the token after the text."""
        return self._unembed(self.final[-1])

    def _unembed(self, final: Tensor) -> Tensor:
        return F.linear(final.to(self.unembedding.device), self.unembedding).cpu()

    def _get(self, name: str) -> Tensor:
        if name not in self.kept:
            raise ModelError(
                "This trace did not keep {name!r}. Request it with trace(ids, keep=[{name!r}]).",
                name=name,
            )
        return self.kept[name]


class Recorder:
    """Copies what `forward` tells it into one tensor a name, (layers kept, ...), on the CPU."""

    def __init__(self, names: Collection[str], layers: Sequence[int], num_layers: int) -> None:
        """Keep these names of these layers, and the hidden states of all."""
        self.names = frozenset(names)
        self.place = {layer: row for row, layer in enumerate(layers)}
        self.num_layers = num_layers
        self.kept: dict[str, Tensor] = {}

    def __call__(self, name: str, layer: int, value: Tensor) -> None:
        """Keep (1, ...) as row `layer` of its name's tensor, if it is wanted."""
        if name == "hidden":
            rows, row = self.num_layers + 1, layer
        elif name in self.names and layer in self.place:
            rows, row = len(self.place), self.place[layer]
        else:
            return
        if name not in self.kept:
            self.kept[name] = torch.empty((rows, *value.shape[1:]), dtype=value.dtype)
        self.kept[name][row] = value[0]
