"""A cache of unpacked GGUF files, memory-mapped when opened again.

`GGUFReader` needs seconds to list 150 000 strings, and unpacking 135 million weights takes as long
again; so both happen once. The cache holds a folder per GGUF, named by the file's SHA-256:

    <root>/models/<sha256>/model.safetensors   float32 weights
                           tokenizer.json      for the `tokenizers` library
                           config.json         the metadata, and the size that each file must have
    <root>/seen/<hash of path>.json             size, time and SHA-256 of a GGUF met before

A folder appears whole or not at all: it is written under another name and then renamed. Two
processes that start at once both write, and one of them wins.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import struct
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.lm.config import ModelConfig, config_from_metadata
from core.lm.errors import ModelError
from core.lm.gguf_file import GGUFFile, check_magic, read_gguf
from core.lm.tokenizer import build_tokenizer
from core.lm.weights import check_shapes

Progress = Callable[[float, str], None]

FORMAT = 1  # raise it when the files below change: older folders are then written again
WEIGHTS, TOKENIZER, CONFIG = "model.safetensors", "tokenizer.json", "config.json"


@dataclass(frozen=True, slots=True)
class Store:
    """A model's folder in the cache."""

    folder: Path
    metadata: Mapping[str, object]  # the GGUF's, without its long arrays
    tensor_names: tuple[str, ...]

    @property
    def weights(self) -> Path:
        """Return the path of the float32 weights."""
        return self.folder / WEIGHTS

    @property
    def tokenizer(self) -> Path | None:
        """Return the tokenizer; None if the GGUF contains none."""
        path = self.folder / TOKENIZER
        return path if path.exists() else None


def cache_root() -> Path:
    """Return where models are unpacked: LOGITLAB_CACHE, else logit-lab in the user's cache."""
    if chosen := os.environ.get("LOGITLAB_CACHE"):
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "logit-lab"


def open_store(
    path: Path, root: Path | None = None, progress: Progress | None = None, *, rebuild: bool = False
) -> Store:
    """Return the cache folder of a GGUF, writing it first if it is not there or not whole.

    Args:
        path: the GGUF.
        root: the cache; None means `cache_root()`.
        progress: called with a fraction from 0 to 1 and a few words.
        rebuild: write the folder again even if it looks whole.

    Returns:
        The folder and what its config.json says.

    Raises:
        ModelError: when the GGUF is bad, or the cache cannot be written.
    """
    root = cache_root() if root is None else root
    report = progress or (lambda fraction, message: None)
    check_magic(path)
    try:
        digest = file_digest(path, root, report)
        folder = root / "models" / digest
        if rebuild:
            shutil.rmtree(folder, ignore_errors=True)
        store = read_store(folder, digest)
        if store is None:
            _unpack(path, folder, digest, report)
            store = read_store(folder, digest)
    except OSError as error:
        raise ModelError(
            "The model cache {root} cannot be used: {reason}. Set LOGITLAB_CACHE to a "
            "folder that can be written to.",
            root=root,
            reason=error.strerror or error,
        ) from error
    if store is None:
        raise ModelError(
            "The model cache {folder} was changed while being written. Start again.",
            folder=folder,
        )
    report(1.0, "model ready")
    return store


def read_store(folder: Path, digest: str) -> Store | None:
    """Return a folder's store, or None where it is missing, of an older format or not whole."""
    try:
        notes = json.loads((folder / CONFIG).read_text("utf-8"))
        whole = (
            notes["format"] == FORMAT
            and notes["sha256"] == digest
            and all((folder / n).stat().st_size == size for n, size in notes["files"].items())
        )
        return Store(folder, notes["metadata"], tuple(notes["tensors"])) if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def file_digest(path: Path, root: Path, report: Progress) -> str:
    """Return a file's SHA-256, remembered as long as its path, size and time stay the same."""
    facts = path.stat()
    known = {"path": str(path.resolve()), "size": facts.st_size, "mtime_ns": facts.st_mtime_ns}
    note = root / "seen" / f"{hashlib.sha256(known['path'].encode()).hexdigest()[:32]}.json"
    try:
        seen = json.loads(note.read_text("utf-8"))
        if {key: seen[key] for key in known} == known:
            return str(seen["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not met before, or the note is damaged: hash the file
    report(0.0, f"checking {path.name}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    note.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False, encoding="utf-8") as file:
        json.dump(known | {"sha256": digest}, file)
    Path(file.name).replace(note)
    return digest


def _unpack(path: Path, folder: Path, digest: str, report: Progress) -> None:
    report(0.05, f"reading {path.name}")
    source = read_gguf(path)
    metadata = dict(source.metadata)
    tokens = metadata.get("tokenizer.ggml.tokens")
    if isinstance(tokens, list):
        metadata.setdefault("llama.vocab_size", len(tokens))
    config = config_from_metadata(metadata, source.tensors.keys(), str(path))
    shapes = check_shapes({n: source.shape(n) for n in source.tensors}, config, str(path))
    folder.parent.mkdir(parents=True, exist_ok=True)
    _check_space(folder.parent, config, shapes)
    draft = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        report(0.25, "building the tokenizer")
        tokenizer = build_tokenizer(metadata, str(path))
        if tokenizer is not None:
            (draft / TOKENIZER).write_text(tokenizer.to_str(), "utf-8")
        write_safetensors(draft / WEIGHTS, source, shapes, report)
        notes = {
            "format": FORMAT,
            "sha256": digest,
            "files": {file.name: file.stat().st_size for file in sorted(draft.iterdir())},
            "metadata": {k: v for k, v in metadata.items() if isinstance(v, (str, int, float))},
            "tensors": list(shapes),
        }
        (draft / CONFIG).write_text(json.dumps(notes, indent=1, ensure_ascii=False), "utf-8")
        _put_in_place(draft, folder, digest)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _check_space(where: Path, config: ModelConfig, shapes: Mapping[str, tuple[int, ...]]) -> None:
    needed = sum(4 * math.prod(shape) for shape in shapes.values())
    free = shutil.disk_usage(where).free
    if free < needed + 2**25:
        raise ModelError(
            "{name} takes {needed:.0f} MB unpacked, and {where} has {free:.0f} MB free. "
            "Make room, or set LOGITLAB_CACHE to another disk.",
            name=config.name,
            needed=needed / 1e6,
            where=where,
            free=free / 1e6,
        )


def _put_in_place(draft: Path, folder: Path, digest: str) -> None:
    """Rename the draft to its final name; move a damaged store away, keep an intact one."""
    aside = draft.with_name(draft.name + "-old")
    for _ in range(3):  # another process may put its folder there between our two renames
        try:
            draft.rename(folder)
            break
        except OSError:
            if read_store(folder, digest) is not None:
                break
            if folder.exists():
                folder.rename(aside)
                shutil.rmtree(aside, ignore_errors=True)


def write_safetensors(
    path: Path, source: GGUFFile, shapes: Mapping[str, tuple[int, ...]], report: Progress
) -> None:
    """Write a GGUF's tensors as float32 in the safetensors format, one at a time.

    The `safetensors` library would want all of them in memory at once. The format is the header's
    length (8 bytes, little-endian), a JSON header with a place per tensor, and the numbers; the
    header is filled up with spaces so that the numbers begin on a multiple of 64 bytes.

    Source: https://github.com/huggingface/safetensors#format
    """
    header: dict[str, object] = {}
    place = 0
    for name, shape in shapes.items():
        end = place + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [place, end]}
        place = end
    text = json.dumps(header).encode()
    text += b" " * (-(len(text) + 8) % 64)
    total, done = place, 0
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in shapes:
            values = source.dequantized(name).astype("<f4", copy=False)
            values.tofile(file)
            done += values.nbytes
            report(0.3 + 0.65 * done / total, f"unpacking {name}")
        file.flush()
        report(0.96, "writing to disk")
        os.fsync(file.fileno())  # a power cut must not leave zeros of the right length
