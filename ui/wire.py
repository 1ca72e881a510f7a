"""The format of a message to a component: a JSON head followed by raw arrays.

A float32 takes about 18 bytes in JSON and has to be formatted and parsed; raw bytes are only
copied. Layout::

    uint32 little-endian: time in ms at which the values were read; see `stamped` (0: newest)
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
    """Encode nested dicts, lists, strings and numbers; arrays (1-D or 2-D) go as raw bytes."""
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
    """Stamp messages packed inside with the current time, so the browser can drop late ones."""
    before = _stamp.set(int(time.time() * 1000) & 0xFFFFFFFF or 1)
    try:
        yield
    finally:
        _stamp.reset(before)


def _flat(array: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the array C-contiguous, in a type that JavaScript's typed arrays support."""
    if array.ndim not in (1, 2):
        raise TypeError(f"arrays for the browser have 1 or 2 dimensions, not {array.ndim}")
    if array.dtype.name not in _DTYPES:
        array = array.astype(_nearest(array))
    return np.ascontiguousarray(array), array.shape[1] if array.ndim == 2 else 0


def _nearest(array: np.ndarray) -> type[np.generic]:
    """Return a type of `_DTYPES` for the values; integers beyond int32 need float64."""
    if array.dtype.kind not in "iu":
        return np.float32
    bounds = np.iinfo(np.int32)
    fits = not array.size or (array.min() >= bounds.min and array.max() <= bounds.max)
    return np.int32 if fits else np.float64


def unpack(data: bytes) -> Any:
    """Decode a message of `pack`; tests and the benchmark read components with it."""
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
