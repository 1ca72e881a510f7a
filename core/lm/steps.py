"""The model as a plain function of a prefix, for beam search and for arithmetic coding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.lm.errors import ModelError
from core.lm.kv_cache import KVCache
from core.lm.prediction import PredictionModel


class NextLogProbs:
    """Log-probabilities after several prefixes at once, for `core.sampling.beam_search`.

    Prefixes that extend those of the call before by one token are read in one pass of one token
    each, whatever their number: a batch costs hardly more than a single text, since most of the
    time goes into reading the weights. One object serves one search; threads do not share it.

    Example:
        >>> tree = beam_search(model.next_log_probs(), ids, num_beams=3, steps=5)
    """

    def __init__(self, model: PredictionModel) -> None:
        """Start with nothing read."""
        self.model = model
        self._rows: dict[tuple[int, ...], int] = {}  # the prefixes in the cache, and their rows
        self._cache: KVCache | None = None

    def __call__(self, prefixes: Sequence[Sequence[int]]) -> Tensor:
        """Return ln p(next | prefix) for each prefix.

        Args:
            prefixes: N lists of token ids; one pass when they are equally long.

        Returns:
            (N, V) float32, nats.
        """
        keys = [tuple(int(i) for i in prefix) for prefix in prefixes]
        if not keys:
            raise ModelError("prefixes must hold at least one list of token ids; got none.")
        if len({len(key) for key in keys}) > 1:
            alone = [torch.log_softmax(self.model.next_logits(key), dim=-1) for key in keys]
            return torch.stack(alone)
        if self._cache is not None and all(key[:-1] in self._rows for key in keys):
            cache = self._cache.select([self._rows[key[:-1]] for key in keys])
            logits = self.model.logits_of_batch([key[-1:] for key in keys], cache)
        else:
            distinct = list(dict.fromkeys(keys))
            length = max(1, len(keys[0]))
            cache = KVCache(self.model.config, len(distinct), length + 64, self.model.device)
            logits = self.model.logits_of_batch(distinct, cache)
            logits = logits[[distinct.index(key) for key in keys]]
            cache = cache.select([distinct.index(key) for key in keys])
        self._cache, self._rows = cache, {key: row for row, key in enumerate(keys)}
        return torch.log_softmax(logits, dim=-1)


class NextProbs:
    """Probabilities after one prefix, the same to the last bit whenever it is asked again.

    Arithmetic decoding must repeat the very numbers of the encoding. Floating-point sums depend on
    how a pass is cut up, so every prefix is read in the same way: one token a pass, from its
    first token on. Asked for prefixes that grow by one token, each call is one cached pass; any
    other prefix is read anew, a pass a token. Encode and decode on one machine with one number of
    threads.

    The convention is that of `PredictionModel.text_logits`: the document separator predicts the
    first token and stands before no other.

    Example:
        >>> data = arithmetic_encode(ids, model.next_probs())
        >>> arithmetic_decode(data, len(ids), model.next_probs()) == ids
        True
    """

    def __init__(self, model: PredictionModel, before: Sequence[int] = ()) -> None:
        """Put the tokens `before` in front of every prefix: a BOS, or nothing.

        A prefix that is still empty is replaced by the model's `start_id`.
        """
        self.model = model
        self.before = model.check_ids(before)[0].tolist() if len(before) else []
        self._read: list[int] = []
        self._cache = model.new_cache()
        self._probs = torch.empty(0)

    def __call__(self, prefix_ids: Sequence[int]) -> Tensor:
        """Return p(next | before + prefix), (V,) float64, sum 1."""
        wanted = [*self.before, *(int(i) for i in prefix_ids)] or [self.model.start_id]
        if self._read != wanted[: len(self._read)]:
            self._read, self._cache = [], self.model.new_cache()
        for token in wanted[len(self._read) :]:
            logits = self.model.next_logits([token], self._cache)
            self._read.append(token)
            self._probs = logits
        return torch.softmax(self._probs.to(torch.float64), dim=-1)
