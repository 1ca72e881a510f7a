"""One message to a component: a JSON head and raw arrays behind it.

JSON spells a float32 in ~18 bytes and both sides pay for it; raw bytes cost a copy. Layout::

    uint32 little-endian: when the values were read, in ms (0: always the newest); see `stamped`
    uint32: length of the head in bytes
    head: UTF-8 JSON, arrays replaced by {"$": [dtype, offset, length, columns]}
    zero padding to a multiple of 8, then the arrays, each at an offset that is a multiple of 8

`columns` is 0 for a 1-D array, else the row length of a 2-D one. The reader is
`ui/frontend/wire.js`.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import orjson
import torch

_DTYPES = {"float32": "f4", "float64": "f8", "int32": "i4", "uint8": "u1", "bool": "u1"}
_stamp: ContextVar[int] = ContextVar("stamp of the view being drawn", default=0)
_OPTIONS = orjson.OPT_NON_STR_KEYS


def pack(value: Any) -> bytes:
    """Encode nested dicts, lists, strings and numbers; numpy and torch arrays go raw (1-D, 2-D)."""
    buffers: list[bytes] = []
    offset = 0

    def encode(item: Any) -> Any:
        nonlocal offset
        if isinstance(item, torch.Tensor):
            item = item.detach().cpu()
            item = (item.float() if item.dtype == torch.bfloat16 else item).numpy()
        if isinstance(item, np.ndarray):
            array, columns = _flat(item)
            raw = array.tobytes()
            place = [_DTYPES[array.dtype.name], offset, array.size, columns]
            padding = -len(raw) % 8
            buffers.append(raw + b"\0" * padding)
            offset += len(raw) + padding
            return {"$": place}
        if isinstance(item, np.generic):
            return item.item()
        raise TypeError(f"cannot send a {type(item).__name__} to the browser")

    head = orjson.dumps(value, default=encode, option=_OPTIONS)
    padding = -len(head) % 8
    prefix = struct.pack("<II", _stamp.get(), len(head))
    return b"".join([prefix, head, b"\0" * padding, *buffers])


@contextmanager
def stamped() -> Generator[None]:
    """Messages packed inside carry this moment, so that a late one never undoes a newer one."""
    held = _stamp.set(int(time.time() * 1000) & 0xFFFFFFFF or 1)
    try:
        yield
    finally:
        _stamp.reset(held)


def _flat(array: np.ndarray) -> tuple[np.ndarray, int]:
    """The array as C-contiguous, in a type that a typed array of the browser can view."""
    if array.ndim not in (1, 2):
        raise TypeError(f"arrays for the browser have 1 or 2 dimensions, not {array.ndim}")
    if array.dtype.name not in _DTYPES:
        array = array.astype(_nearest(array))
    return np.ascontiguousarray(array), array.shape[1] if array.ndim == 2 else 0


def _nearest(array: np.ndarray) -> type[np.generic]:
    """A type of `_DTYPES` that holds the values: whole numbers beyond int32 need float64."""
    if array.dtype.kind not in "iu":
        return np.float32
    bounds = np.iinfo(np.int32)
    fits = not array.size or (array.min() >= bounds.min and array.max() <= bounds.max)
    return np.int32 if fits else np.float64


def unpack(data: bytes) -> Any:
    """Decode what `pack` wrote (the tests and the benchmark read components this way)."""
    _when, length = struct.unpack_from("<II", data)
    start = 8 + length + (-length % 8)
    types = {"f4": np.float32, "f8": np.float64, "i4": np.int32, "u1": np.uint8}

    def decode(item: Any) -> Any:
        if isinstance(item, dict):
            if set(item) == {"$"}:
                kind, offset, size, columns = item["$"]
                array = np.frombuffer(data, types[kind], size, start + offset)
                return array.reshape(-1, columns) if columns else array
            return {key: decode(inner) for key, inner in item.items()}
        return [decode(inner) for inner in item] if isinstance(item, list) else item

    return decode(orjson.loads(data[8 : 8 + length]))
