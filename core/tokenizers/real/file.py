"""Read an untrusted `tokenizer.json`: size limits first, then every field.

Every refusal is a sentence. The format is the `tokenizers` library's own.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.plain_checks import short
from core.tokenizers.real.models import ModelSpec, read_model
from core.tokenizers.real.regex import check_pattern

MAX_BYTES = 20_000_000
MAX_DEPTH = 12
MAX_STAGES = 24
MAX_ADDED = 20_000
MAX_ADDED_LENGTH = 256
MAX_GROWTH = 64  # how often longer normalization may make a text
MAX_REPLACEMENT = 256  # bytes that one character may become in a Precompiled map


class _Marks(dict[int, int | None]):
    """Maps every character but quotes and brackets to nothing."""

    def __missing__(self, code: int) -> None:
        self[code] = None


_MARKS = _Marks({ord(mark): ord(mark) for mark in '"[]{}'})

# fmt: off
NORMALIZERS = (
    "BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled",
    "Prepend", "Replace", "Sequence", "Strip", "StripAccents",
)
PRE_TOKENIZERS = (
    "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "FixedLength", "Metaspace",
    "Punctuation", "Sequence", "Split", "UnicodeScripts", "Whitespace", "WhitespaceSplit",
)
# fmt: on


def read_json(source: str | bytes | Path) -> str:
    """Return the text of a tokenizer.json: from its bytes, from its own text, or from a path.

    Args:
        source: a `Path`, bytes, or a string; a string that starts with "{" is the JSON itself,
            any other is a path.

    Raises:
        ValueError: missing, larger than 20 MB, or not UTF-8.
    """
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n")[:1] == "{":
        data = source.encode("utf-8", "replace")
    elif isinstance(source, (bytes, bytearray)):
        data = bytes(source)
    elif isinstance(source, (str, Path)):
        data = _read_path(source)
    else:
        raise InputError(
            "source must be a path, the text or the bytes of a tokenizer.json; got {got}.",
            got=short(source),
        )
    if len(data) > MAX_BYTES:
        raise InputError(
            "A tokenizer.json may have {most} MB; this has {size:.1f} MB. Use a "
            "smaller vocabulary.",
            most=MAX_BYTES // 1_000_000,
            size=len(data) / 1e6,
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "A tokenizer.json is text in UTF-8; this file is not. Choose the file "
            "named tokenizer.json beside the model."
        ) from error


def _read_path(path: str | Path) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(
            "No tokenizer.json could be read at {path}. Check the path.",
            path=short(str(path)),
        ) from error


def parse(text: str) -> dict[str, Any]:
    """Return the JSON as a dict, nested no deeper than a tokenizer needs.

    Raises:
        ValueError: not JSON, not an object, or nested too deep.
    """
    _check_depth(text)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "This is not a tokenizer.json: the JSON is truncated or malformed "
            "({message}). Download the file again.",
            message=short(str(error)),
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("model"), dict):
        raise InputError(
            "This JSON is not a tokenizer.json: it has no 'model' object. Choose "
            "the file named tokenizer.json beside the model (not "
            "tokenizer_config.json or vocab.json)."
        )
    return data


def _check_depth(text: str) -> None:
    """Refuse a JSON that is nested too deep, before it is parsed: strings out, brackets counted."""
    marks = re.sub(r"\\.", "", text, flags=re.DOTALL).translate(_MARKS)
    depth = 0
    for mark in re.sub(r'"[^"]*"', "", marks):
        depth += 1 if mark in "[{" else -1
        if depth > MAX_DEPTH:
            raise InputError(
                "This JSON is nested more than {most} levels deep; no tokenizer.json "
                "is. Choose another file.",
                most=MAX_DEPTH,
            )


def check_pipeline(data: Mapping[str, Any], *, trusted: bool) -> ModelSpec:
    """Check everything that the library will run, and read the model.

    Args:
        data: the parsed tokenizer.json.
        trusted: leaves the patterns and growth limits out, for a file of the operator's own.

    Raises:
        ValueError: an unknown or dangerous stage, or a broken model.
    """
    normalizers = _stages(data.get("normalizer"), "normalizers", "normalizer")
    cutters = _stages(data.get("pre_tokenizer"), "pretokenizers", "pre-tokenizer")
    for stages, known, what in (
        (normalizers, NORMALIZERS, "normalizer"),
        (cutters, PRE_TOKENIZERS, "pre-tokenizer"),
    ):
        for stage in stages:
            if stage.get("type") not in known:
                raise InputError(
                    "The {stage_kind} {stage} is not supported; supported are {listed}.",
                    stage_kind=what,
                    stage=short(stage.get("type")),
                    listed=", ".join(known),
                )
    if not trusted:
        growth = 1
        for stage in (*normalizers, *cutters):
            growth *= _check_stage(stage)
        if growth > MAX_GROWTH:
            raise InputError(
                "Normalization and pre-tokenization together could make a text {growth} times "
                "longer; {max_growth} is the limit. Use another tokenizer.json.",
                growth=growth,
                max_growth=MAX_GROWTH,
            )
    _check_added(data.get("added_tokens"))
    return read_model(data["model"])


def leaf_stages(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the stages under "normalizer" or "pre_tokenizer", in order, without sequences."""
    inner = "normalizers" if key == "normalizer" else "pretokenizers"
    stages = _stages(data.get(key), inner, key)
    return [dict(stage) for stage in stages if stage["type"] != "Sequence"]


def _stages(spec: Any, inner: str, what: str) -> list[Mapping[str, Any]]:
    """Return a stage and all stages in it, in order; the `Sequence` objects included."""
    if spec is None:
        return []
    if not isinstance(spec, dict):
        raise InputError(
            "The {stage_kind} must be an object or null; got {got}.",
            stage_kind=what,
            got=short(spec),
        )
    found: list[Mapping[str, Any]] = [spec]
    if spec.get("type") == "Sequence":
        members = spec.get(inner)
        if not isinstance(members, list):
            raise InputError(
                "The {stage_kind} sequence must list its members under {inner!r}.",
                stage_kind=what,
                inner=inner,
            )
        for member in members:
            found.extend(_stages(member, inner, what) if member is not None else [])
    if len(found) > MAX_STAGES:
        raise InputError(
            "The {stage_kind} has more than {max_stages} stages. Use another file.",
            stage_kind=what,
            max_stages=MAX_STAGES,
        )
    return found


def _check_stage(stage: Mapping[str, Any]) -> int:
    """Check one stage's pattern and replacement; returns how often longer it can make a text."""
    pattern = stage.get("pattern")
    if isinstance(pattern, dict) and isinstance(pattern.get("Regex"), str):
        check_pattern(pattern["Regex"])
    if stage.get("type") in ("Replace", "Prepend"):
        content = stage.get("content") if stage["type"] == "Replace" else stage.get("prepend")
        return max(1, len(content)) if isinstance(content, str) else 1
    if stage.get("type") == "ByteLevel":
        return 2  # Most of the characters that it writes have two bytes in UTF-8.
    if stage.get("type") == "Precompiled":
        _check_charsmap(stage.get("precompiled_charsmap"))
    return 1


def _check_charsmap(encoded: Any) -> None:
    """Check a Precompiled map: trie size, trie, then the replacements, each ended by a zero."""
    try:
        data = base64.b64decode(encoded or "", validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise InputError("The normalizer's precompiled_charsmap is not base64.") from error
    size = int.from_bytes(data[:4], "little")
    replacements = data[4 + size :].split(b"\0")
    if max(map(len, replacements)) > MAX_REPLACEMENT:
        raise InputError(
            "The normalizer's precompiled_charsmap turns a character into more "
            "than {max_replacement} bytes. Use another tokenizer.json.",
            max_replacement=MAX_REPLACEMENT,
        )


def _check_added(added: Any) -> None:
    """Check the list of added tokens: objects with some content, not too many, not too long."""
    if added is None:
        return
    if not isinstance(added, list) or len(added) > MAX_ADDED:
        raise InputError(
            "added_tokens must be a list of at most {max_added} tokens.",
            max_added=MAX_ADDED,
        )
    for token in added:
        content = token.get("content") if isinstance(token, dict) else None
        if not isinstance(content, str) or not 0 < len(content) <= MAX_ADDED_LENGTH:
            raise InputError(
                "An added token must have 1 to {max_added_length} characters under "
                "'content'; got {got}.",
                max_added_length=MAX_ADDED_LENGTH,
                got=short(token),
            )
