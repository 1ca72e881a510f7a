"""A tokenizer built from a GGUF's own vocabulary, and the bytes behind each of its tokens.

Two kinds: byte-level BPE ("gpt2" in GGUF: SmolLM, Llama 3) and SentencePiece BPE ("llama": Llama 2,
TinyLlama). Merging is done by the `tokenizers` library; `core.tokenizers` shows how it works.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, processors
from tokenizers import pre_tokenizers as pre

from core.checks import integer, short
from core.errors import InputError
from core.lm.errors import ModelError
from core.tokenizers.alphabet import byte_alphabet, symbol_bytes

# Token types of the GGUF format.
UNKNOWN, CONTROL, USER_DEFINED = 2, 3, 4

# How text is cut before the merges, by `tokenizer.ggml.pre`; the names and what each stands for are
# llama.cpp's (src/llama-vocab.cpp). Words as in GPT-2; the same after every digit has been cut off;
# or a pattern of the model's own.
PLAIN_WORDS = frozenset({"default", "gpt-2", "gpt2", "olmo", "mpt", "jais", "trillion"})
SINGLE_DIGITS = frozenset(
    {"smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"}
)
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PATTERNS: Mapping[str, str] = {
    "llama3": _LLAMA3,
    "llama-v3": _LLAMA3,
    "llama-bpe": _LLAMA3,
    "falcon3": _LLAMA3,
    "smaug-bpe": _LLAMA3,
    "dbrx": _LLAMA3,
    "qwen2": _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}"),
    "deepseek-r1-qwen": _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}"),
    "tekken": _TEKKEN,
}
# These vocabularies hold whole words that their own merges cannot reach.
WHOLE_WORDS_FIRST = frozenset({"llama3", "llama-v3", "llama-bpe", "falcon3", "tekken"})


def build_tokenizer(metadata: Mapping[str, object], source: str) -> Tokenizer | None:
    """Build a `tokenizers.Tokenizer` from a GGUF's metadata; None when the file carries none.

    Args:
        metadata: the GGUF's keys and values, the arrays of tokens and merges among them.
        source: the file's name, for the sentences.

    Returns:
        The tokenizer, special tokens included.

    Raises:
        ModelError: for a kind of tokenizer or a way of cutting words that is not known here.
    """
    kind = metadata.get("tokenizer.ggml.model", "none")
    if kind == "none":
        return None
    tokens = metadata.get("tokenizer.ggml.tokens")
    if not isinstance(tokens, list) or not tokens:
        raise ModelError(
            "{source} names a tokenizer but lists no tokens. Convert the model again.",
            source=source,
        )
    if kind == "gpt2":
        tokenizer = _byte_level(metadata, tokens, source)
    elif kind == "llama":
        tokenizer = _sentencepiece(metadata, tokens, source)
    else:
        raise ModelError(
            "{source} has a tokenizer of kind {kind!r}; supported are 'gpt2' "
            "(byte-level BPE) and 'llama' (SentencePiece BPE). Give another GGUF.",
            source=source,
            kind=kind,
        )
    types = metadata.get("tokenizer.ggml.token_type")
    if isinstance(types, list):
        pairs = list(zip(tokens, types, strict=False))
        tokenizer.add_special_tokens([_whole(t, True) for t, kind in pairs if kind == CONTROL])
        tokenizer.add_tokens([_whole(t, False) for t, kind in pairs if kind == USER_DEFINED])
    tokenizer.post_processor = _begin_and_end(metadata, tokens, add_bos=kind == "llama")
    return tokenizer


def _whole(token: str, special: bool) -> AddedToken:
    return AddedToken(token, special=special, normalized=False)


def _byte_level(metadata: Mapping[str, object], tokens: list[str], source: str) -> Tokenizer:
    merges = metadata.get("tokenizer.ggml.merges")
    if not isinstance(merges, list):
        raise ModelError(
            "{source} has byte-level tokens but no merges. Convert the model again.",
            source=source,
        )
    cut = str(metadata.get("tokenizer.ggml.pre", "default"))
    if cut in PLAIN_WORDS:
        steps: list[pre.PreTokenizer] = [pre.ByteLevel(add_prefix_space=False)]
    elif cut in SINGLE_DIGITS:
        steps = [pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)]
    elif cut in PATTERNS:
        pattern = pre.Split(Regex(PATTERNS[cut]), behavior="isolated")
        steps = [pattern, pre.ByteLevel(add_prefix_space=False, use_regex=False)]
    else:
        known = ", ".join(sorted(PLAIN_WORDS | SINGLE_DIGITS | set(PATTERNS)))
        raise ModelError(
            "{source} splits text by the rule {cut!r} (tokenizer.ggml.pre), which "
            "is not supported; another rule would give wrong tokens. Supported are "
            "{known}.",
            source=source,
            cut=cut,
            known=known,
        )
    tokenizer = Tokenizer(
        models.BPE(
            vocab={token: i for i, token in enumerate(tokens)},
            merges=[_pair(merge) for merge in merges],
            ignore_merges=cut in WHOLE_WORDS_FIRST,
        )
    )
    tokenizer.pre_tokenizer = pre.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _pair(merge: str) -> tuple[str, str]:
    left, _, right = merge.partition(" ")
    return left, right


def _sentencepiece(metadata: Mapping[str, object], tokens: list[str], source: str) -> Tokenizer:
    scores = metadata.get("tokenizer.ggml.scores")
    if not isinstance(scores, list) or len(scores) != len(tokens):
        raise ModelError(
            "{source} has SentencePiece tokens without scores. Convert it again.",
            source=source,
        )
    vocab = {token: i for i, token in enumerate(tokens)}
    unknown = metadata.get("tokenizer.ggml.unknown_token_id", 0)
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocab,
            merges=_merges_from_scores(vocab, scores),
            unk_token=tokens[unknown] if isinstance(unknown, int) else None,
            fuse_unk=True,
            byte_fallback="<0x00>" in vocab,
        )
    )
    spaces = [normalizers.Replace(" ", "▁")]
    if metadata.get("tokenizer.ggml.add_space_prefix", True):
        spaces.insert(0, normalizers.Prepend("▁"))
    tokenizer.normalizer = normalizers.Sequence(spaces)
    first_space = decoders.Strip(" ", 1, 0)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), first_space]
    )
    return tokenizer


def _merges_from_scores(vocab: Mapping[str, int], scores: Sequence[float]) -> list[tuple[str, str]]:
    # SentencePiece joins the pair whose result scores best; every way to make a piece from two
    # others is therefore a merge, in the order of the pieces' scores.
    best_first = sorted(vocab, key=lambda piece: (-scores[vocab[piece]], vocab[piece]))
    return [
        (piece[:cut], piece[cut:])
        for piece in best_first
        for cut in range(1, len(piece))
        if piece[:cut] in vocab and piece[cut:] in vocab
    ]


def _begin_and_end(
    metadata: Mapping[str, object], tokens: list[str], *, add_bos: bool
) -> processors.TemplateProcessing | None:
    """Return what puts the beginning and end tokens around a text where the model wants them."""
    template, special = ["$A"], []
    for key, default in (("bos", add_bos), ("eos", False)):
        i = metadata.get(f"tokenizer.ggml.{key}_token_id")
        if metadata.get(f"tokenizer.ggml.add_{key}_token", default) and isinstance(i, int):
            special.append((tokens[i], i))
            template.insert(0 if key == "bos" else len(template), tokens[i])
    if not special:
        return None
    return processors.TemplateProcessing(single=template, special_tokens=special)


@dataclass(frozen=True)
class ModelTokenizer:
    """Text to ids and back, and what each single token is made of."""

    backend: Tokenizer
    byte_level: bool
    bos_id: int | None
    eos_id: int | None
    chat_template: str | None

    @cached_property
    def added_ids(self) -> frozenset[int]:
        """Return the ids of the tokens that were added to the vocabulary, special ones included."""
        return frozenset(self.backend.get_added_tokens_decoder())

    @cached_property
    def plain(self) -> Tokenizer:
        """Return a copy of the backend that encodes the names of special tokens as text."""
        copy = Tokenizer.from_str(self.backend.to_str())
        copy.encode_special_tokens = True
        return copy

    @property
    def size(self) -> int:
        """Return the number of tokens, special ones included."""
        return self.backend.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Return the token ids of a text; the names of special tokens in it become those tokens.

        A vocabulary may lack some of the 256 bytes, and then leaves them out: see `missing_bytes`.

        Raises:
            ModelError: for what is not text, or holds half of a surrogate pair.
        """
        return self.backend.encode(check_text(text)).ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some ids, special tokens by name; broken bytes become U+FFFD."""
        return self.backend.decode([self._known(i) for i in ids], skip_special_tokens=False)

    def token(self, i: int) -> str:
        """Return the token as the vocabulary spells it, for example "ĠParis"."""
        return self.backend.id_to_token(self._known(i)) or ""

    def special_ids(self) -> frozenset[int]:
        """Return the ids of the control tokens."""
        added = self.backend.get_added_tokens_decoder()
        return frozenset(i for i, token in added.items() if token.special)

    def missing_bytes(self) -> frozenset[int]:
        """Return the bytes that no token spells, so that `encode` drops them.

        The default model lacks 21: six control characters, two that begin characters of planes
        still unassigned, and thirteen that no UTF-8 text has.
        """
        if not self.byte_level:
            return frozenset()
        found = self.backend.get_vocab()
        return frozenset(byte for byte, letter in enumerate(byte_alphabet()) if letter not in found)

    def token_bytes(self, i: int) -> bytes:
        """Return the bytes that a token stands for; one Chinese character may take several tokens.

        Example: id of "ĠParis" gives b" Paris"; of "ä½" gives b"\\xe4\\xbd", two thirds of 你.
        """
        token = self.token(i)
        if i in self.added_ids:
            return token.encode("utf-8")
        if not self.byte_level:
            if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
                return bytes([int(token[3:5], 16)])
            return token.replace("▁", " ").encode("utf-8")
        try:
            return symbol_bytes(token)
        except InputError:  # a token outside the byte alphabet spells itself
            return token.encode("utf-8")

    def token_text(self, i: int) -> str:
        """Return a token's text, with bytes that are no whole character written as ⟨E4 BD⟩."""
        return readable_bytes(self.token_bytes(i))

    def chat_text(self, messages: Sequence[Mapping[str, str]], *, answer: bool = True) -> str:
        """Write a conversation in the ChatML form on which instruction models are trained.

        Args:
            messages: {"role": "system" | "user" | "assistant", "content": text}, in order.
            answer: end with the opening of the assistant's turn, so that the model writes it.

        Returns:
            The text to encode. Where no system message comes first, the one of the model's own
            template does.

        Raises:
            ModelError: when the model's template is not ChatML, or a message is not of that form.

        Source: OpenAI's ChatML; the template in the GGUF's `tokenizer.chat_template`.
        """
        start, end = "<|im_start|>", "<|im_end|>"
        template = (self.chat_template or "").replace("\\n", "\n")  # written either way in files
        if start not in template or end not in template:
            raise ModelError("This model has no ChatML template; give it plain text.")
        for message in messages:
            if not {"role", "content"} <= set(message):
                raise ModelError(
                    "Each message needs role and content; got {got}.",
                    got=short(message),
                )
        turns = [(message["role"], message["content"]) for message in messages]
        opening = f"{start}system\n"
        if (not turns or turns[0][0] != "system") and opening in template:
            default = template.partition(opening)[2].partition(end)[0]
            turns.insert(0, ("system", default))
        text = "".join(f"{start}{role}\n{content}{end}\n" for role, content in turns)
        return text + (f"{start}assistant\n" if answer else "")

    def _known(self, i: int) -> int:
        return integer("id", i, 0, self.size - 1)


def check_text(text: str) -> str:
    """Return the text, or say why it is none."""
    if not isinstance(text, str):
        raise ModelError(
            "text must be a str; got {got}.",
            got=short(text),
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ModelError(
            "text must be valid Unicode; the character at place {place} is half of a "
            "surrogate pair. Remove it.",
            place=error.start,
        ) from error
    return text


def readable_bytes(data: bytes) -> str:
    """Decode UTF-8, writing every run of bytes that is no whole character as ⟨hex⟩.

    Example:
        >>> readable_bytes(b"a\\xe4\\xbd")
        'a⟨E4 BD⟩'
    """
    pieces: list[str] = []
    broken = b""
    while data:
        try:
            good, bad, data = data.decode("utf-8"), b"", b""
        except UnicodeDecodeError as error:
            good = data[: error.start].decode("utf-8")
            bad, data = data[error.start : error.end], data[error.end :]
        if good and broken:
            pieces.append(f"⟨{broken.hex(' ').upper()}⟩")
            broken = b""
        pieces.append(good)
        broken += bad
    if broken:
        pieces.append(f"⟨{broken.hex(' ').upper()}⟩")
    return "".join(pieces)
