"""The numeric half of the language model: text to token ids, ids to logits and traces."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checks import choice, integer, short
from core.lm.config import ModelConfig
from core.lm.errors import ModelError
from core.lm.forward import forward
from core.lm.kv_cache import KVCache
from core.lm.tokenizer import ModelTokenizer
from core.lm.trace import DEFAULT_KEEP, TRACE_NAMES, ModelTrace, Recorder
from core.lm.weights import ModelWeights

# Longest text that pages put through the model: attention's T² numbers stay a few hundred MB.
PAGE_TOKENS = 512


class PredictionModel:
    """A Llama-architecture model without generation: text to ids, ids to logits and traces.

    It is read-only, so threads may share one. Results are on the CPU whatever the model's device.
    `LanguageModel` adds generation.
    """

    def __init__(
        self,
        config: ModelConfig,
        weights: ModelWeights,
        tokenizer: ModelTokenizer | None,
        device: torch.device | str = "cpu",
        origin: str = "",
    ) -> None:
        """Put together what `load_language_model` has read; `origin` names the file."""
        self.config = config
        self.weights = weights
        self.device = torch.device(device)
        self.origin = origin or config.name
        self._tokenizer = tokenizer

    @property
    def num_parameters(self) -> int:
        """Return how many numbers were learned; tied matrices count once."""
        return self.weights.num_parameters

    @property
    def is_instruct(self) -> bool:
        """Return whether the file has a chat template, as instruct-tuned models do."""
        return self._tokenizer is not None and self._tokenizer.chat_template is not None

    # --- text ---

    @property
    def tokenizer(self) -> ModelTokenizer:
        """Return the tokenizer; raise a `ModelError` if the model's file contains none."""
        if self._tokenizer is None:
            raise ModelError(
                "The file of {name} contains no tokenizer; pass token ids, not text.",
                name=self.config.name,
            )
        return self._tokenizer

    def encode(self, text: str) -> list[int]:
        """Return a text's token ids."""
        return self.tokenizer.encode(text)

    def encode_limited(
        self, text: str, limit: int = PAGE_TOKENS, keep: str = "first"
    ) -> tuple[list[int], int]:
        """Return at most `limit` ids of a text and how many were left out.

        Args:
            text: the text.
            limit: the most ids to return, at least 1.
            keep: "first" to score a text from its beginning; "last" to predict the token after it,
                which depends most on what stands right before. A BOS of the tokenizer stays.

        Example: a text of 600 tokens gives 512 ids and 88.
        """
        limit = integer("limit", limit, 1)
        choice("keep", keep, ("first", "last"))
        ids = self.encode(text)
        cut = max(0, len(ids) - limit)
        if keep == "first" or not cut:
            return ids[:limit], cut
        bos = len(self.prefix_ids)
        return [*ids[:bos], *ids[bos + cut :]], cut

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some ids."""
        return self.tokenizer.decode(ids)

    def token_text(self, i: int) -> str:
        """Return one token's text; bytes that are no whole character as ⟨E4 BD⟩."""
        return self.tokenizer.token_text(i)

    def token_bytes(self, i: int) -> bytes:
        """Return the bytes behind one token."""
        return self.tokenizer.token_bytes(i)

    @property
    def max_tokens(self) -> int:
        """Return the longest text for pages: `PAGE_TOKENS`, or the model's context if shorter."""
        return min(PAGE_TOKENS, self.config.context_length)

    @property
    def start_id(self) -> int:
        """Return the token that predicts a text's first token: the document separator, or BOS.

        It stands before no other token: see `text_logits`.
        """
        separator = self.tokenizer.backend.token_to_id("<|endoftext|>")
        found = separator if separator is not None else self.tokenizer.bos_id
        if found is None:
            raise ModelError(
                "{name} defines no token that begins a text.",
                name=self.config.name,
            )
        return found

    @property
    def prefix_ids(self) -> tuple[int, ...]:
        """Return what the tokenizer puts before every text: BOS, or nothing (the default model)."""
        first = self.encode("")[:1]
        return tuple(first) if first == [self.tokenizer.bos_id] else ()

    @property
    def stop_ids(self) -> frozenset[int]:
        """Return the tokens that end a text or a turn."""
        tokenizer = self.tokenizer
        names = ("<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "</s>")
        found = {tokenizer.backend.token_to_id(name) for name in names} | {tokenizer.eos_id}
        return frozenset(i for i in found if i is not None)

    # --- numbers ---

    def new_cache(self, capacity: int = 64) -> KVCache:
        """Return an empty KV cache for one text."""
        return KVCache(self.config, 1, capacity, self.device)

    @torch.no_grad()
    def logits(self, ids: Sequence[int] | Tensor, positions: Sequence[int] | None = None) -> Tensor:
        """Return what the model predicts after each token.

        Args:
            ids: at least one token id.
            positions: which rows to return, negative ones from the end; None means all. A row of
                the default model is 197 kB, 512 of them 101 MB.

        Returns:
            (T, V) float32, or (len(positions), V): row t predicts token t + 1.

        Raises:
            ModelError: for no ids, an id outside the vocabulary, or more than the context holds.
        """
        batch = self.check_ids(ids)
        rows = _rows(positions, batch.shape[1])
        final = forward(batch, self.weights, self.config)[0]
        return self.unembed(final if rows is None else final[rows])

    @torch.no_grad()
    def text_logits(self, ids: Sequence[int]) -> Tensor:
        """Return the prediction of every token of a text from the text's own tokens before it.

        The first token has none before it; it alone is predicted from the document separator,
        `start_id`. As with the `transformers` library, nothing else precedes the text, so every
        prompt has the same next-token distribution wherever it is shown.

        Args:
            ids: the text, at least one token.

        Returns:
            (T, V) float32: row t predicts ids[t] (`logits` predicts ids[t + 1]).

        Raises:
            ModelError: as `logits`.

        Example:
            >>> model.text_logits(ids)[5:6] - model.logits(ids[:5])[-1:]  # zeros, up to rounding
        """
        text = self.check_ids(ids)
        final = forward(self.check_ids([self.start_id]), self.weights, self.config)[0]
        if text.shape[1] > 1:
            final = torch.cat((final, forward(text[:, :-1], self.weights, self.config)[0]))
        return self.unembed(final)

    @torch.no_grad()
    def next_logits(self, ids: Sequence[int] | Tensor, cache: KVCache | None = None) -> Tensor:
        """Return the prediction after the last token.

        Args:
            ids: the tokens; with a cache, only those that it has not read yet.
            cache: from `new_cache`; the tokens are added to it.

        Returns:
            (V,) float32.
        """
        batch = self.check_ids(ids, 0 if cache is None else cache.length)
        return self.unembed(forward(batch, self.weights, self.config, cache)[0, -1])

    @torch.no_grad()
    def ablated_logits(
        self, ids: Sequence[int] | Tensor, heads: Collection[tuple[int, int]]
    ) -> Tensor:
        """Return the prediction after the last token with the outputs of some heads set to 0.

        Args:
            ids: at least one token id.
            heads: (layer, head) pairs, both counted from 0; none leaves the model as it is.

        Returns:
            (V,) float32.

        Raises:
            ValueError: for bad ids (as ModelError), or a layer or head that there is not.

        Source: Michel, Levy, Neubig 2019, arXiv:1905.10650, section 2.3 (a mask on each head).
        """
        batch = self.check_ids(ids)
        on = torch.ones(self.config.num_layers, self.config.num_heads, device=self.device)
        for layer, head in heads:
            layer = integer("layer", layer, 0, self.config.num_layers - 1)
            on[layer, integer("head", head, 0, self.config.num_heads - 1)] = 0
        return self.unembed(forward(batch, self.weights, self.config, heads_on=on.bool())[0, -1])

    @torch.no_grad()
    def logits_without_norms(self, ids: Sequence[int] | Tensor, norms: Collection[int]) -> Tensor:
        """Return the prediction after the last token with some RMSNorms left out.

        A norm that is left out multiplies by its gain but does not divide by the root mean square.

        Args:
            ids: at least one token id.
            norms: numbers from 0 to 2L: 2l is the norm before attention of layer l, 2l + 1 the one
                before its feed-forward network, 2L the last one; none leaves the model as it is.

        Returns:
            (V,) float32.

        Raises:
            ValueError: for bad ids (as ModelError), or a norm that there is not.
        """
        batch = self.check_ids(ids)
        off = frozenset(integer("norm", i, 0, 2 * self.config.num_layers) for i in norms)
        return self.unembed(forward(batch, self.weights, self.config, norms_off=off)[0, -1])

    @torch.no_grad()
    def trace(
        self,
        ids: Sequence[int] | Tensor,
        layers: Sequence[int] | None = None,
        keep: Sequence[str] | None = None,
    ) -> ModelTrace:
        """Run the model and keep what it computes.

        Args:
            ids: at least one token id.
            layers: the layers whose intermediates are kept, negative ones from the end; None
                means all. The hidden states of all layers are always kept.
            keep: names among `TRACE_NAMES`; None means `DEFAULT_KEEP`.

        Returns:
            The trace. See `ModelTrace` for what it takes at 512 tokens.

        Raises:
            ValueError: for bad ids (as ModelError), layers or names.

        Example:
            >>> model.trace(model.encode("Hello"), layers=[0], keep=["attentions"]).attentions.shape
            torch.Size([1, 9, 1, 1])
        """
        batch = self.check_ids(ids)
        names = DEFAULT_KEEP if keep is None else tuple(keep)
        for name in names:
            choice("keep", name, tuple(TRACE_NAMES))
        L = self.config.num_layers
        chosen = list(range(L)) if layers is None else list(layers)
        chosen = [integer("layers", i, -L, L - 1) % L for i in chosen]
        recorder = Recorder(names, chosen, L)
        final = forward(batch, self.weights, self.config, record=recorder)[0]
        kept = recorder.kept
        return ModelTrace(
            ids=tuple(batch[0].tolist()),
            layers=tuple(chosen),
            hidden=kept.pop("hidden"),
            final=final.cpu(),
            kept=kept,
            unembedding=self.weights.output,
        )

    @torch.no_grad()
    def logits_of_batch(
        self, rows: Sequence[Sequence[int]], cache: KVCache | None = None
    ) -> Tensor:
        """Return the predictions after several equally long texts, (N, V), in one pass."""
        start = 0 if cache is None else cache.length
        batch = torch.cat([self.check_ids(ids, start) for ids in rows])
        return self.unembed(forward(batch, self.weights, self.config, cache)[:, -1])

    def unembed(self, final: Tensor) -> Tensor:
        """Turn normalized hidden states (..., D) into logits (..., V)."""
        return F.linear(final, self.weights.output).cpu()

    def check_ids(self, ids: Sequence[int] | Tensor, already: int = 0) -> Tensor:
        """Return ids as (1, T) on the model's device, or say what is wrong with them."""
        if isinstance(ids, str):
            raise ModelError("ids must be token ids, not text: pass model.encode(text).")
        try:
            tensor = ids if isinstance(ids, Tensor) else torch.tensor(list(ids))
        except (TypeError, ValueError, RuntimeError) as error:
            raise ModelError(
                "ids must be a list of whole numbers; got {got}.",
                got=short(ids),
            ) from error
        if tensor.ndim != 1 or tensor.numel() == 0:
            raise ModelError(
                "ids must be a list of at least one token id; got {got}. For an empty "
                "text use [model.start_id].",
                got=short(ids),
            )
        if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
            raise ModelError(
                "ids must be whole numbers; got {got}.",
                got=short(ids),
            )
        low, high, V = int(tensor.min()), int(tensor.max()), self.config.vocab_size
        if low < 0 or high >= V:
            raise ModelError(
                "ids must lie from 0 to {last}; got {got}.",
                last=V - 1,
                got=low if low < 0 else high,
            )
        if already + tensor.numel() > self.config.context_length:
            raise ModelError(
                "The text has {tokens} tokens; {name} reads at most {context_length}. Shorten it.",
                tokens=already + tensor.numel(),
                name=self.config.name,
                context_length=self.config.context_length,
            )
        return tensor.to(self.device, torch.int64).unsqueeze(0)


def _rows(positions: Sequence[int] | None, T: int) -> list[int] | None:
    if positions is None:
        return None
    return [integer("positions", i, -T, T - 1) for i in positions]
