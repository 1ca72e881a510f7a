"""The chain rule on a text: the prediction at each place, and the surprisal of each token.

    p(x₁ … x_T) = p(x₁) · p(x₂|x₁) · … · p(x_T|x₁ … x_{T-1})
    -log₂ p(text) = Σ surprisal, the bits that an ideal code needs for the text

From logits and ids, whatever the model. The sums are in float64: a text of 512 tokens has a
probability near 2⁻²⁰⁰⁰, which no floating-point number holds, while its logarithm is harmless.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.checks import floating, token_ids
from core.errors import InputError

_ROWS = 32  # logits handled at once: 32 × 49 152 numbers in float64 are 13 MB


@dataclass(frozen=True, slots=True)
class ChainRule:
    """A text under a model, token by token. T tokens are scored; (T,) tensors are float64.

    Attributes:
        ids: the scored tokens.
        surprisal: (T,) -log₂ p(token | what stands before it), bits.
        entropy: (T,) of the whole prediction, bits: the surprisal that the model expected.
        log2_probs: (T,) running log₂ p of the tokens up to here.
        probs: (T,) probability of each token.
        ranks: (T,) int64, its place among all tokens: 1 is the most likely one.
        top_ids: (T, K) int64, the most likely tokens, best first.
        top_probs: (T, K) their probabilities.
        tail_mass: (T,) probability of all other tokens together.
        tail_count: how many those are.
        product_float32: (T,) float32, the running product of the probabilities, underflow and all.
        product_float64: (T,) the same in float64.
        characters: how many characters (code points) begin in the scored tokens; 0 if not known.
        bytes: how many UTF-8 bytes they have; 0 if not known.
    """

    ids: tuple[int, ...]
    surprisal: Tensor
    entropy: Tensor
    log2_probs: Tensor
    probs: Tensor
    ranks: Tensor
    top_ids: Tensor
    top_probs: Tensor
    tail_mass: Tensor
    tail_count: int
    product_float32: Tensor
    product_float64: Tensor
    characters: int
    bytes: int

    @property
    def vocab_size(self) -> int:
        """Return the number of tokens that each prediction is over."""
        return self.top_ids.shape[1] + self.tail_count

    @property
    def log2_prob(self) -> float:
        """Return log₂ p(text), at most 0."""
        return float(self.log2_probs[-1])

    @property
    def bits(self) -> float:
        """Return -log₂ p(text), the sum of the surprisals."""
        return -self.log2_prob + 0.0  # + 0.0 turns -0.0 into 0

    @property
    def bits_per_token(self) -> float:
        """Mean surprisal: the cross-entropy that training lowers, in bits."""
        return self.bits / len(self.ids)

    @property
    def mean_entropy(self) -> float:
        """Mean entropy of the predictions, bits."""
        return float(self.entropy.mean())

    @property
    def perplexity(self) -> float:
        """Return 2 to the bits per token: as uncertain as this many equally likely tokens."""
        return power_of_two(self.bits_per_token)

    @property
    def perplexity_per_character(self) -> float:
        """Return the perplexity per character, which can be compared between tokenizers."""
        return power_of_two(self.bits_per_character)

    @property
    def perplexity_per_byte(self) -> float:
        """Return the perplexity per UTF-8 byte."""
        return power_of_two(self.bits_per_byte)

    @property
    def bits_per_character(self) -> float:
        """Return the bits per character; inf where the characters are not known."""
        return self.bits / self.characters if self.characters else math.inf

    @property
    def bits_per_byte(self) -> float:
        """Return the bits per UTF-8 byte; inf where the bytes are not known."""
        return self.bits / self.bytes if self.bytes else math.inf


@torch.no_grad()
def chain_rule(
    logits: Tensor | Sequence[Sequence[float]],
    ids: Tensor | Sequence[int],
    *,
    top: int = 20,
    token_bytes: Sequence[bytes] | None = None,
) -> ChainRule:
    """Score a text with the predictions that a model made of it.

    Args:
        logits: (T, V) finite or -inf; row t is the prediction of `ids[t]`, so the model's output
            moved by one: `model.logits([start, *text])[:-1]` for `text`.
        ids: (T,) the tokens that came, each from 0 to V - 1.
        top: how many of the most likely tokens to keep per place.
        token_bytes: the bytes behind each token, for the counts of characters and bytes.

    Returns:
        A ChainRule; without gradients.

    Raises:
        ValueError: for no tokens, logits and ids that do not fit together, NaN or +inf.

    Example:
        Two tokens, the first with probability 1/2, the second with 1/4, have surprisals of 1 and
        2 bits: log₂ p = -3, and a perplexity of 2^1.5 = 2.83.
        >>> chain_rule([[0.0, 0.0], [0.0, math.log(3.0)]], [1, 0]).log2_prob
        -3.0

    Source: Shannon 1948, "A Mathematical Theory of Communication", sections 6 and 7; perplexity:
    Jelinek et al. 1977; bits per character: Graves 2013, arXiv:1308.0850, section 3.
    """
    rows = floating("logits", logits, min_ndim=2, max_ndim=2)
    T, V = rows.shape
    tokens = token_ids("ids", ids).to(torch.int64)
    if len(tokens) != T:
        raise InputError(
            "ids must hold one token for each row of logits; got {length} for {T} "
            "rows. Row t predicts ids[t]: drop the model's last row.",
            length=len(tokens),
            T=T,
        )
    if int(tokens.max()) >= V:
        raise InputError(
            "ids must lie from 0 to {last}; got {got}.",
            last=V - 1,
            got=int(tokens.max()),
        )
    K = min(checks.integer("top", top, 1), V)
    if token_bytes is not None and len(token_bytes) != T:
        raise InputError(
            "token_bytes must hold one value for each token; got {length} for {T}.",
            length=len(token_bytes),
            T=T,
        )
    parts = [
        _score_rows(rows[at : at + _ROWS].detach().cpu(), tokens[at : at + _ROWS].cpu(), K)
        for at in range(0, T, _ROWS)
    ]
    log_probs, entropy, ranks, top_ids, top_probs = (
        torch.cat(column) for column in zip(*parts, strict=True)
    )
    data = b"".join(token_bytes) if token_bytes is not None else b""
    probs = log_probs.exp()
    return ChainRule(
        ids=tuple(tokens.tolist()),
        surprisal=-log_probs / math.log(2.0) + 0.0,
        entropy=entropy / math.log(2.0),
        log2_probs=log_probs.cumsum(0) / math.log(2.0),
        probs=probs,
        ranks=ranks,
        top_ids=top_ids,
        top_probs=top_probs,
        tail_mass=(1.0 - top_probs.sum(1)).clamp(min=0.0) if K < V else torch.zeros_like(probs),
        tail_count=V - K,
        product_float32=probs.float().cumprod(0),
        product_float64=probs.cumprod(0),
        characters=count_characters(data),
        bytes=len(data),
    )


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """One token of a prediction, or all remaining tokens together.

    Attributes:
        id: the token; None for the remaining ones.
        tokens: how many tokens it stands for.
        prob: their probability.
        entropy: their part of the prediction's entropy, Σ p · -log₂ p, bits.
    """

    id: int | None
    tokens: int
    prob: float
    entropy: float


def prediction_rows(chain: ChainRule, position: int, most: int) -> list[PredictionRow]:
    """Split a prediction into its most likely tokens, the actual token, and all others.

    Args:
        chain: from `chain_rule`.
        position: which prediction, from 0.
        most: how many of the most likely tokens to list, at most those that the chain keeps.

    Returns:
        The rows. Their probabilities sum to 1 and their entropies to that of the whole prediction.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        Of probabilities 1/2, 1/4, 1/8, 1/8 with most = 1 and actual token 1: token 0 (1/2 bit),
        token 1 (1/2 bit), and 2 others (3/4 bit).

    Source: Shannon 1948, section 6.
    """
    position = checks.integer("position", position, 0, len(chain.ids) - 1)
    K = min(checks.integer("most", most, 1), chain.top_ids.shape[1])
    shown = dict(
        zip(chain.top_ids[position, :K].tolist(), chain.top_probs[position, :K], strict=True)
    )
    shown.setdefault(chain.ids[position], chain.probs[position])
    probs = torch.stack(list(shown.values()))
    parts = torch.special.entr(probs) / math.log(2.0)
    rows = [
        PredictionRow(i, 1, p, part)
        for i, p, part in zip(shown, probs.tolist(), parts.tolist(), strict=True)
    ]
    others = chain.vocab_size - len(rows)
    if others:
        rest = max(0.0, 1.0 - float(probs.sum()))
        entropy = max(0.0, float(chain.entropy[position] - parts.sum()))
        rows.append(PredictionRow(None, others, rest, entropy))
    return rows


def _score_rows(
    logits: Tensor, tokens: Tensor, K: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return log-probability (nats), entropy (nats), rank and the K best tokens of a few rows."""
    wide = logits.to(torch.float64)
    highest = wide.max(1).values
    if not bool(torch.isfinite(highest).all()):
        raise InputError(
            "logits must be finite or -inf, and no row all -inf; got a row with NaN, "
            "inf or nothing but -inf."
        )
    log_probs = wide.log_softmax(1)
    probs = log_probs.exp()
    came = log_probs.gather(1, tokens[:, None])
    best = probs.topk(K, dim=1)
    ranks = (log_probs > came).sum(1) + 1
    return came[:, 0], torch.special.entr(probs).sum(1), ranks, best.indices, best.values


def power_of_two(exponent: float) -> float:
    """Return 2 to the exponent; inf where a float cannot hold it."""
    return 2.0**exponent if exponent < 1024 else math.inf


def count_characters(data: bytes) -> int:
    """Count the characters that begin in some UTF-8 bytes, complete or not.

    Tokens may end inside a character, so a part of a text can begin with the rest of one; each
    character is counted where its first byte stands.

    Args:
        data: UTF-8, possibly cut anywhere.

    Returns:
        The number of bytes that are no continuation bytes (10xxxxxx).

    Raises:
        ValueError: if data is no bytes.

    Example:
        >>> count_characters("é!".encode()), count_characters("é!".encode()[1:])
        (2, 1)

    Source: RFC 3629, section 3.
    """
    if not isinstance(data, bytes):
        raise InputError(
            "data must be bytes; got {got}. Encode the text first.",
            got=checks.short(data),
        )
    return sum(byte & 0xC0 != 0x80 for byte in data)


def vanishes_at(product: Tensor) -> int | None:
    """Return where a running product first underflows to 0.0; None where it never does.

    Args:
        product: (T,) for example `ChainRule.product_float32`.

    Returns:
        An index, or None.

    Raises:
        ValueError: if product is no 1-D tensor.

    Example:
        `vanishes_at(torch.tensor([1e-30, 0.0, 0.0]))` is 1.

    Source: IEEE 754: the least float32 above 0 is 2⁻¹⁴⁹, the least float64 2⁻¹⁰⁷⁴.
    """
    zero = (checks.vector("product", product) == 0).nonzero()
    return int(zero[0]) if len(zero) else None
