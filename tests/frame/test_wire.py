"""The message format of components: a round trip in Python and decoding in JavaScript."""

import base64
import json
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.pages import ROOT
from ui.wire import pack, unpack

NODE = shutil.which("node")


def same(got: Any, sent: Any) -> bool:
    """Return whether nested values are equal; arrays by type, shape and bits (NaN equals NaN)."""
    if isinstance(sent, torch.Tensor):
        sent = sent.detach().numpy()
    if isinstance(sent, np.ndarray):
        return (
            isinstance(got, np.ndarray)
            and got.shape == sent.shape
            and got.dtype == (np.uint8 if sent.dtype == bool else sent.dtype)
            and np.array_equal(got, sent, equal_nan=sent.dtype.kind == "f")
        )
    if isinstance(sent, dict):
        return set(got) == set(sent) and all(same(got[key], sent[key]) for key in sent)
    if isinstance(sent, (list, tuple)):
        return len(got) == len(sent) and all(same(a, b) for a, b in zip(got, sent, strict=True))
    return bool(got == sent)


def test_layout_by_hand() -> None:
    data = pack({"a": np.array([1, 2], dtype=np.float32)})
    head = b'{"a":{"$":["f4",0,2,0]}}'
    assert len(head) == 24
    start = b"\0\0\0\0" + b"\x18\0\0\0" + head  # no stamp; 32 bytes, no padding
    assert data == start + bytes.fromhex("0000803f 00000040")


def test_every_array_starts_at_a_multiple_of_eight() -> None:
    value = {"a": np.zeros(3, np.uint8), "bb": np.zeros(5, np.float32), "c": np.arange(7.0)}
    data = pack(value)
    length = int.from_bytes(data[4:8], "little")
    head = json.loads(data[8 : 8 + length])
    start = 8 + length + -length % 8
    assert [(start + head[key]["$"][1]) % 8 for key in value] == [0, 0, 0]
    assert same(unpack(data), value)


ARRAYS = st.sampled_from([np.float32, np.float64, np.int32, np.uint8, np.bool_]).flatmap(
    lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=7))
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS.filter(lambda key: key != "$"), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_round_trip(value: Any) -> None:
    assert same(unpack(pack(value)), value)


@given(ARRAYS)
@settings(max_examples=30, deadline=None)
def test_input_is_not_changed(array: np.ndarray) -> None:
    before = array.copy()
    pack({"a": array})
    np.testing.assert_array_equal(array, before)


def test_strided_and_transposed_arrays_keep_their_values() -> None:
    matrix = np.arange(35, dtype=np.float32).reshape(5, 7)
    value = {"t": matrix.T, "s": matrix[::2, 1::3], "r": matrix[0, ::-1]}
    assert same(unpack(pack(value)), value)


def test_torch_tensors_and_numpy_numbers() -> None:
    weight = torch.arange(6.0).reshape(2, 3).requires_grad_()
    back = unpack(pack({"w": weight, "t": weight.T, "n": np.float32(0.5), "i": np.int64(7)}))
    assert same(back, {"w": weight, "t": weight.T, "n": 0.5, "i": 7})


def test_wide_integers_become_int32_and_half_floats_float32() -> None:
    back = unpack(pack({"ids": torch.tensor([1, 2, 49_151]), "half": torch.tensor([0.5]).half()}))
    assert back["ids"].dtype == np.int32
    assert back["ids"].tolist() == [1, 2, 49_151]
    assert back["half"].dtype == np.float32
    assert back["half"].tolist() == [0.5]


def test_not_a_number_and_infinity_survive_in_arrays() -> None:
    back = unpack(pack({"z": np.array([[np.nan, np.inf], [-np.inf, 0.0]], np.float32)}))
    assert np.isnan(back["z"][0, 0])
    assert back["z"][0, 1] == np.inf
    assert back["z"][1, 0] == -np.inf


@pytest.mark.parametrize("value", [np.zeros((2, 2, 2)), np.array(1.0), object()])
def test_unsupported_values_are_rejected(value: Any) -> None:
    with pytest.raises(TypeError):
        pack({"a": value})


def test_integers_beyond_int32_are_not_changed() -> None:
    sent = np.array([2**40])
    assert unpack(pack({"a": sent}))["a"].tolist() == sent.tolist()


def test_bfloat16_tensors_are_sent_as_float32() -> None:
    sent = torch.tensor([0.5, 2.0], dtype=torch.bfloat16)
    assert unpack(pack({"a": sent}))["a"].tolist() == [0.5, 2.0]


#: Inputs of the JavaScript decoder: all types, both dimensions, odd sizes, various texts.
SAMPLE: dict[str, Any] = {
    "text": "女孩 <script> 👨‍👩‍👧 \u202e \0",
    "flat": np.array([0.5, -2.0, 7.0], np.float32),
    "double": np.array([1 / 3]),
    "ids": np.array([0, -1, 2**31 - 1], np.int32),
    "mask": np.array([True, False, True]),
    "matrix": np.arange(10, dtype=np.float32).reshape(2, 5),
    "nested": [{"deep": [np.array([3], np.uint8), None, True, 1.5]}, []],
    "head of odd length": "x",
}
EXPECTED: dict[str, Any] = {
    "text": SAMPLE["text"],
    "flat": ["Float32Array", [0.5, -2, 7]],
    "double": ["Float64Array", [1 / 3]],
    "ids": ["Int32Array", [0, -1, 2**31 - 1]],
    "mask": ["Uint8Array", [1, 0, 1]],
    "matrix": [["Float32Array", [0, 1, 2, 3, 4]], ["Float32Array", [5, 6, 7, 8, 9]]],
    "nested": [{"deep": [["Uint8Array", [3]], None, True, 1.5]}, []],
    "head of odd length": "x",
}
#: Decodes a base64 message as a view at an odd offset of a larger buffer, as websockets provide it.
READER = """
function read(unpack, text) {
  const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const wide = new Uint8Array(raw.length + 3);
  wide.set(raw, 3);
  const show = (v) => ArrayBuffer.isView(v) ? [v.constructor.name, Array.from(v)]
    : Array.isArray(v) ? v.map(show)
    : v && typeof v === "object"
    ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, show(x)]))
    : v;
  return show(unpack(wide.subarray(3)));
}
"""


@pytest.mark.skipif(NODE is None, reason="needs node; tests/e2e reads the same sample in Chromium")
def test_the_browser_decodes_the_same_values(tmp_path) -> None:
    (tmp_path / "wire.mjs").write_text((ROOT / "ui/frontend/wire.js").read_text(encoding="utf-8"))
    text = base64.b64encode(pack(SAMPLE)).decode()
    (tmp_path / "run.mjs").write_text(
        f'import {{ unpack }} from "./wire.mjs";\n{READER}\n'
        f"console.log(JSON.stringify(read(unpack, {json.dumps(text)})));\n"
    )
    done = subprocess.run(
        [str(NODE), str(tmp_path / "run.mjs")], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == EXPECTED
