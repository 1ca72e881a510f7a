"""The KV cache: keys and values of the tokens already read, so that each is computed once."""

from __future__ import annotations

import torch
from torch import Tensor

from core.checks import integer
from core.lm.config import ModelConfig


class KVCache:
    """The rotated keys and the values of every layer, for a batch of equally long texts.

    It belongs to the caller, never to the model: two visitors who generate at once have one each.
    Room for more tokens is made by doubling.

    Example:
        >>> cache = model.new_cache()
        >>> model.next_logits(ids, cache)      # reads all of ids
        >>> model.next_logits([token], cache)  # reads one token more
    """

    def __init__(
        self,
        config: ModelConfig,
        batch: int = 1,
        capacity: int = 64,
        device: torch.device | str = "cpu",
    ) -> None:
        """Make an empty cache of `batch` rows with room for `capacity` tokens."""
        batch, capacity = integer("batch", batch, 1), integer("capacity", capacity, 1)
        shape = (config.num_layers, batch, config.num_kv_heads, capacity, config.head_dim)
        self.keys = torch.empty(shape, device=device)  # (L, B, Hkv, capacity, d)
        self.values = torch.empty(shape, device=device)
        self.length = 0  # tokens held

    @property
    def capacity(self) -> int:
        """Return how many tokens fit before more room is made."""
        return self.keys.shape[-2]

    def reserve(self, length: int) -> None:
        """Make room for at least `length` tokens."""
        if length <= self.capacity:
            return
        extra = max(length, 2 * self.capacity) - self.capacity
        self.keys = torch.nn.functional.pad(self.keys, (0, 0, 0, extra))
        self.values = torch.nn.functional.pad(self.values, (0, 0, 0, extra))

    def put(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write one layer's new keys and values behind the old and return all of that layer.

        Args:
            layer: which.
            keys: (B, Hkv, T, d), already rotated.
            values: (B, Hkv, T, d).

        Returns:
            Keys and values, each (B, Hkv, length + T, d). `length` moves once all layers are done.
        """
        end = self.length + keys.shape[-2]
        self.keys[layer, :, :, self.length : end] = keys
        self.values[layer, :, :, self.length : end] = values
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def truncate(self, length: int) -> None:
        """Forget what came after the first `length` tokens."""
        self.length = integer("length", length, 0, self.length)

    def select(self, rows: list[int]) -> KVCache:
        """Return a new cache made of these rows, one as often as wanted: how beams branch."""
        chosen = object.__new__(KVCache)
        chosen.keys, chosen.values = self.keys[:, rows], self.values[:, rows]
        chosen.length = self.length
        return chosen
