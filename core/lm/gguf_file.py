"""Read a GGUF file: metadata, tensors as float32, and an error sentence for every defect.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

from core.lm.errors import ModelError

MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class GGUFFile:
    """An opened GGUF: its metadata as Python values, its tensors still quantized on disk."""

    path: Path
    metadata: Mapping[str, object]
    tensors: Mapping[str, gguf.ReaderTensor]

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a tensor's shape in torch's order, (out, in); GGUF counts from the inside."""
        return tuple(int(size) for size in reversed(self.tensors[name].shape))

    def dequantized(self, name: str) -> np.ndarray:
        """Return one tensor as float32, unpacking blocks such as Q4_1: weight = scale·q + minimum.

        Raises:
            ModelError: for a quantization that the `gguf` package cannot unpack.
        """
        tensor = self.tensors[name]
        try:
            values = gguf.dequantize(tensor.data, tensor.tensor_type)
        except (NotImplementedError, ValueError, KeyError) as error:
            raise ModelError(
                "{path} stores {name} as {kind}, a quantization that is not supported. "
                "Use a GGUF in F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 or a K "
                "quantization (Q2_K to Q6_K).",
                path=self.path,
                name=name,
                kind=tensor.tensor_type.name,
            ) from error
        return np.ascontiguousarray(values, dtype=np.float32).reshape(self.shape(name))


def read_gguf(path: Path) -> GGUFFile:
    """Open a GGUF file and read its metadata.

    Args:
        path: the file; its weights stay on disk (memory-mapped).

    Returns:
        The opened file.

    Raises:
        ModelError: when there is no such file, it is no GGUF, or it is cut short or damaged.
    """
    check_magic(path)
    try:
        reader = gguf.GGUFReader(path)
        metadata = {name: field.contents() for name, field in reader.fields.items()}
    except (ValueError, KeyError, IndexError, TypeError, OverflowError, MemoryError) as error:
        if "GGMLQuantizationType" in str(error):
            raise ModelError(
                "{path} uses a quantization that this version of the gguf package does "
                "not know ({error}). Use another quantization of the same model, such "
                "as Q8_0 or F16.",
                path=path,
                error=error,
            ) from error
        raise ModelError(
            "{path} is truncated or damaged: its header describes more than the "
            "file holds ({size:,} bytes). Download it again.",
            path=path,
            size=path.stat().st_size,
        ) from error
    return GGUFFile(path, metadata, {tensor.name: tensor for tensor in reader.tensors})


def check_magic(path: Path) -> None:
    """Refuse what is not there, is a folder, or does not begin with the four bytes GGUF."""
    if not path.exists():
        raise ModelError(
            "{path} does not exist. Give the path of a .gguf file.",
            path=path,
        )
    if not path.is_file():
        raise ModelError(
            "{path} is not a file. Give the path of a .gguf file.",
            path=path,
        )
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise ModelError(
            "{path} cannot be read: {reason}.",
            path=path,
            reason=error.strerror,
        ) from error
    if start != MAGIC:
        raise ModelError(
            "{path} is not a GGUF file: it begins with {start!r}, not {magic!r}. Give "
            "a model converted to GGUF; a safetensors or PyTorch file has to be "
            "converted first.",
            path=path,
            start=start,
            magic=MAGIC,
        )
