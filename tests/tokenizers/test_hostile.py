"""Files that try to crash, hang or fill the server: each ends in its sentence, none in the server.

All of them go through the process that runs visitors' files, as on the page.
"""

from __future__ import annotations

import base64
import gc
import io
import json
import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import InputError
from core.tokenizers.real import frames, hosted, load_tokenizer
from core.tokenizers.real.hosted import HostedTokenizer

VOCAB = {"?": 0, "a": 1, "b": 2, "ab": 3}
BPE = {"type": "BPE", "unk_token": "?", "vocab": VOCAB, "merges": [["a", "b"]]}
WORDPIECE = {
    "type": "WordPiece", "unk_token": "?", "vocab": VOCAB, "max_input_chars_per_word": 9,
    "continuing_subword_prefix": "##",
}  # fmt: skip
UNIGRAM = {"type": "Unigram", "unk_id": 0, "vocab": [["?", 0.0], ["a", -1.0], ["b", -2.0]]}
LOADS = "loads"
LIBRARY = "The tokenizers library could not"
CRASHED = "crashed, or needed more than 1500 MB"
MALFORMED = "truncated or malformed"
SLOW_PATTERN = "could take very long on some texts"


def file(model: Any = BPE, **parts: Any) -> bytes:
    whole = {"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": None}
    return json.dumps(whole | {"model": model} | parts).encode()


def raw(model: str) -> bytes:
    """A file whose model is written by hand, with what `json.dumps` would not write."""
    return file("MODEL").replace(b'"MODEL"', model.encode())


def stage(key: str, **fields: Any) -> bytes:
    return file(**{key: fields})


def many(key: str, count: int, **fields: Any) -> bytes:
    inner = "normalizers" if key == "normalizer" else "pretokenizers"
    return file(**{key: {"type": "Sequence", inner: [fields] * count}})


def charsmap(data: bytes) -> bytes:
    encoded = base64.b64encode(data).decode()
    return stage("normalizer", type="Precompiled", precompiled_charsmap=encoded)


def split(pattern: str) -> bytes:
    found = {"Regex": pattern}
    return stage("pre_tokenizer", type="Split", pattern=found, behavior="Isolated", invert=False)


def added(**fields: Any) -> bytes:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized", "special"), False)
    return file(added_tokens=[{"id": 4, "content": "x"} | flags | fields])


WHOLE = file()
WRONG = {"3": 3, "text": "x", "a list": [1], "true": True}

FILES: dict[str, tuple[bytes, str]] = {
    # What is not a tokenizer.json at all
    "nothing": (b"", MALFORMED),
    "zeros": (b"\0" * 1000, MALFORMED),
    "not UTF-8": (b"\xff\xfe{}", "is text in UTF-8"),
    "UTF-16": (WHOLE.decode().encode("utf-16"), "is text in UTF-8"),
    "an archive": (b"PK\x03\x04" + bytes(100), MALFORMED),
    "too large": (b" " * 20_000_001, "this has 20.0 MB"),
    "a giant string": (b'{"model": {}, "x": "' + b"x" * 15_000_000, MALFORMED),
    "a list": (b"[]", "has no 'model' object"),
    "another JSON": (b'{"a": 1}', "has no 'model' object"),
    "model is text": (file("x"), "has no 'model' object"),
    **{f"cut after {n} bytes": (WHOLE[:n], MALFORMED) for n in (1, 7, 40, 99, 150, len(WHOLE) - 1)},
    # Nesting and sizes
    "deep lists": (b'{"model": {}, "x": ' + b"[" * 10**6, "levels deep"),
    "deep objects": (b'{"a": ' * 10**5, "levels deep"),
    "deep, closed": (b'{"model": {}, "x": ' + b"[" * 14 + b"]" * 14 + b"}", "levels deep"),
    "brackets in text": (file(BPE | {"vocab": VOCAB | {"[" * 50: 4, '\\"[{': 5}}), LOADS),
    "closing brackets": (b"]" * 10**6, MALFORMED),
    "a million empty lists": (b'{"model": {}, "x": [' + b"[]," * 10**6 + b"[]]}", "vocab"),
    "a huge whole number": (raw('{"type": "BPE", "vocab": {"a": ' + "9" * 5000 + "}}"), MALFORMED),
    # Numbers
    "id 10^30": (file(BPE | {"vocab": {"?": 10**30}}), "The id of '?' must be a whole number"),
    "id −1": (file(BPE | {"vocab": {"?": -1}}), "The id of '?' must be a whole number"),
    "id 1.5": (file(BPE | {"vocab": {"?": 1.5}}), "The id of '?' must be a whole number"),
    "id true": (file(BPE | {"vocab": {"?": True}}), "The id of '?' must be a whole number"),
    "id NaN": (raw('{"type": "BPE", "vocab": {"?": NaN}}'), "The id of '?' must be a whole"),
    "id infinite": (raw('{"type": "BPE", "vocab": {"?": 1e999}}'), "The id of '?' must be a whole"),
    "ids far apart": (
        file(BPE | {"vocab": {"?": 0, "a": 2**32 - 1}, "merges": []}), LOADS,
    ),
    "ids twice": (file(BPE | {"vocab": {"?": 1, "a": 1}}), "have the same id"),
    "score NaN": (raw('{"type": "Unigram", "unk_id": 0, "vocab": [["a", NaN]]}'), "log_probs['a']"),
    "score 1e999": (raw('{"type": "Unigram", "vocab": [["a", 1e999]]}'), "log_probs['a']"),
    "score 10^400": (file(UNIGRAM | {"vocab": [["a", 10**400]]}), "log_probs['a']"),
    "score −1e308": (file(UNIGRAM | {"vocab": [["?", -1e308], ["a", -1e308]]}), LOADS),
    "longest word 10^9": (
        file(WORDPIECE | {"max_input_chars_per_word": 10**9}), "must be from 1 to 1000",
    ),
    # The model: fields that are missing or of another type
    "model type": (file({"type": "Neural"}), "'Neural' is not supported"),
    "model type a list": (file({"type": []}), "[] is not supported"),
    "no vocab": (file({"type": "BPE", "merges": []}), "vocab must map tokens to ids; got None"),
    "empty vocab": (file(BPE | {"vocab": {}}), "vocab must map tokens to ids"),
    "no merges": (file({"type": "BPE", "vocab": VOCAB}), "merges must be a list; got None"),
    "no unk": (file({"type": "WordPiece", "vocab": VOCAB}), "unk_token '[UNK]' must be in"),
    "unk null": (file(WORDPIECE | {"unk_token": None}), "must name its unk_token"),
    "unk elsewhere": (file(BPE | {"unk_token": "z"}), "unk_token 'z' must be in"),
    "unk_id beyond": (file(UNIGRAM | {"unk_id": 7}), "unk_id must be a place"),
    "pieces as a map": (file(UNIGRAM | {"vocab": {"a": 1}}), "must list [piece, score]"),
    "a piece of 513": (file(UNIGRAM | {"vocab": [["a" * 513, -1.0]]}), "has 513 characters"),
    "an empty piece": (file(UNIGRAM | {"vocab": [["?", 0.0], ["", -1.0]]}), LOADS),
    "bytes missing": (file(BPE | {"byte_fallback": True}), "lacks 256 of them"),
    "dropout": (file(BPE | {"dropout": 0.5}), "drops merges at random"),
    "merge of one": (file(BPE | {"merges": ["a"]}), "Merge 0 must be two tokens"),
    "merge of nothing": (file(BPE | {"merges": [["a", ""]]}), "Merge 0 must be two tokens"),
    "merge of strangers": (file(BPE | {"merges": [["q", "z"]]}), "uses 'q', which the vocabulary"),
    "long prefix": (file(BPE | {"continuing_subword_prefix": "#" * 5}), f"{LIBRARY} read"),
    "prefix cuts a letter": (
        file(BPE | {"continuing_subword_prefix": "é", "merges": []}), LOADS,
    ),
    **{f"vocab is {n}": (file(BPE | {"vocab": v}), "vocab must map") for n, v in WRONG.items()},
    **{
        f"merges are {n}": (file(BPE | {"merges": v}), "merges must be a list")
        for n, v in WRONG.items()
        if n != "a list"
    },
    **{
        f"{key} is {n}": (file(BPE | {key: v}), f"{key} must be text or null")
        for key in ("unk_token", "continuing_subword_prefix", "end_of_word_suffix")
        for n, v in WRONG.items()
        if n != "text"
    },
    **{
        f"{key} is {n}": (file(BPE | {key: v}), f"{key} must be true or false")
        for key in ("fuse_unk", "byte_fallback", "ignore_merges")
        for n, v in WRONG.items()
        if n != "true"
    },
    # Stages
    **{
        f"{key} is {n}": (file(**{key: v}), "must be an object or null")
        for key in ("normalizer", "pre_tokenizer")
        for n, v in WRONG.items()
    },
    "unknown normalizer": (stage("normalizer", type="Evil"), "The normalizer 'Evil' is not"),
    "normalizer without type": (stage("normalizer", a=1), "The normalizer None is not supported"),
    "type is a list": (stage("pre_tokenizer", type=[]), "The pre-tokenizer [] is not supported"),
    "members are text": (
        file(normalizer={"type": "Sequence", "normalizers": "x"}), "must list its members",
    ),
    "25 stages": (many("normalizer", 25, type="NFKD"), "more than 24 stages"),
    "20 byte levels": (
        many("pre_tokenizer", 20, type="ByteLevel", add_prefix_space=True, trim_offsets=True),
        "1048576 times longer",
    ),
    "23 byte levels": (many("normalizer", 23, type="ByteLevel"), "8388608 times longer"),
    "6 byte levels": (many("normalizer", 6, type="ByteLevel"), LOADS),
    "replacement bomb": (
        many("normalizer", 3, type="Replace", pattern={"String": "a"}, content="a" * 11),
        "1331 times longer",
    ),
    "prepend bomb": (stage("normalizer", type="Prepend", prepend="a" * 65), "65 times longer"),
    "replace nothing": (
        stage("normalizer", type="Replace", pattern={"String": ""}, content="x"), LOADS,
    ),
    "split at nothing": (split(""), LOADS),
    "length 0": (
        stage("pre_tokenizer", type="FixedLength", length=0), "run the pre-tokenizer FixedLength",
    ),
    "length 2^64": (
        stage("pre_tokenizer", type="FixedLength", length=2**64), f"{LIBRARY} run the",
    ),
    "two characters for one": (
        stage("pre_tokenizer", type="Metaspace", replacement="▁▁", prepend_scheme="always"),
        f"{LIBRARY} run the pre-tokenizer Metaspace",
    ),
    "replacement missing": (
        stage("normalizer", type="Replace", pattern={"String": "a"}), f"{LIBRARY} run the normal",
    ),
    # Regular expressions
    **{
        f"pattern {pattern[:12]}": (split(pattern), SLOW_PATTERN)
        for pattern in (
            "(a+)+b", "(a|a)*b", "(a|aa)+$", "(.*)*x", r"(\w+\s?)*$", "(a*){2,}", "(?:a?){30}a{30}",
            r"\s*\s*x", r"(a)\1", "a?" * 9 + "b", ".*.*=.*", "a{1,1000}b{1,1000}", "(?<=a+)b",
            "(?>a)", "a{", r"\p{L", "(?#c)a", "(?R)",
        )
    },
    "pattern too long": (split("x" * 2001), "at most 2000 are accepted"),
    "alternatives": (split("a|" * 41), "at most 40 are accepted"),
    "unclosed pattern": (split("(a"), f"{LIBRARY} run the pre-tokenizer Split"),
    "unclosed class": (split("[a"), f"{LIBRARY} run the pre-tokenizer Split"),
    # Character maps
    "map not base64": (
        stage("normalizer", type="Precompiled", precompiled_charsmap="!"), "is not base64",
    ),
    "map is a number": (
        stage("normalizer", type="Precompiled", precompiled_charsmap=3), "is not base64",
    ),
    "map of nothing": (charsmap(b""), f"{LIBRARY} run the normalizer Precompiled"),
    "map of junk": (charsmap(bytes(range(256))), "run the normalizer Precompiled"),
    "map out of bounds": (
        charsmap(b"\x08\0\0\0" + b"\xff\xff\xff\x7f" * 2 + b"abc\0"), "run the normalizer Precomp",
    ),
    "map of 4 GB": (charsmap(b"\xff" * 4 + b"abc\0"), f"{CRASHED} of memory, while run"),
    "map that grows": (
        charsmap(b"\x04\0\0\0" + b"\0" * 4 + b"x" * 999 + b"\0"), "into more than 256 bytes",
    ),
    # Added tokens
    "added a map": (file(added_tokens={}), "added_tokens must be a list"),
    "added a number": (file(added_tokens=[3]), "under 'content'; got 3"),
    "added nothing": (added(content=""), "must have 1 to 256 characters"),
    "added too long": (added(content="x" * 257), "must have 1 to 256 characters"),
    "added a surrogate": (added(content="\ud800"), f"{LIBRARY} read this tokenizer.json"),
    "added id text": (added(id="x"), f"{LIBRARY} read this tokenizer.json"),
    "added too many": (file(added_tokens=[{"content": "x"}] * 20_001), "at most 20000 tokens"),
    "added without flags": (file(added_tokens=[{"id": 9, "content": "x"}]), f"{LIBRARY} read"),
    # Text
    "vocab of surrogates": (file(BPE | {"vocab": VOCAB | {"\ud800": 4}}), f"{LIBRARY} read"),
    "vocab of controls": (file(BPE | {"vocab": VOCAB | {"\0\x1b": 4}}), LOADS),
    "a token of 1 MB": (file(BPE | {"vocab": VOCAB | {"x" * 10**6: 4}}), LOADS),
    "version 9": (file(version="9"), f"{LIBRARY} read this tokenizer.json"),
    "a hostile decoder": (file(decoder={"type": "Evil"}), LOADS),  # it is not run
    "a hostile template": (file(post_processor={"type": [[[]]]}), LOADS),  # nor is this
}  # fmt: skip


class Runner:
    """One process for many files, replaced when a file has ended it."""

    def __init__(self) -> None:
        self.process: hosted._Process | None = None

    def outcome(self, data: bytes, seconds: float = 20) -> str:
        if self.process is None or self.process.child.poll() is not None:
            self.process = hosted._Process()
        try:
            hosted.read_json(data)
            self.process.ask(data, seconds)
            self.process.ask("abba ☃ 你好 \0" * 50, seconds)
        except InputError as error:
            return str(error)
        return LOADS


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    if runner.process is not None:
        runner.process.end()


def test_there_are_a_hundred_files() -> None:
    assert len(FILES) >= 100


@pytest.mark.parametrize("name", FILES)
def test_each_file_ends_in_its_sentence(runner: Runner, name: str) -> None:
    data, expected = FILES[name]
    found = runner.outcome(data)
    assert expected in found
    assert len(found) < 500
    assert "Traceback" not in found


def slow() -> bytes:
    vocab = {"?": 0} | {f"{i}abcd": i for i in range(1, 900_000)}
    return file(BPE | {"vocab": vocab, "merges": []})


@pytest.mark.parametrize("patience", [1, 60], ids=["wall time", "CPU time"])
def test_a_file_that_takes_too_long_is_stopped(
    runner: Runner, patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runner.outcome(WHOLE) == LOADS
    monkeypatch.setattr(hosted, "PATIENCE", patience)
    start = time.monotonic()
    found = runner.outcome(slow(), 0.2)
    assert re.fullmatch(
        r"Your tokenizer\.json was stopped: reading the .* takes .* 0\.2 s\. .*", found
    )
    assert time.monotonic() - start < 30
    monkeypatch.undo()
    assert runner.outcome(WHOLE) == LOADS, "the next file gets a new process"


def test_a_hosted_tokenizer_gives_what_the_same_file_gives_in_process() -> None:
    for model in (BPE, WORDPIECE, UNIGRAM):
        data = file(model, pre_tokenizer={"type": "Whitespace"})
        mine, here = HostedTokenizer(data), load_tokenizer(data)
        assert mine.step("abba ☃\ud800 ab") == here.step("abba ☃\ud800 ab")
        for name in ("kind", "byte_level", "vocab_size", "unk", "normalizers", "pre_tokenizers"):
            assert getattr(mine, name) == getattr(here, name)


def test_a_step_is_fast_enough_for_a_text_box() -> None:
    tokenizer = HostedTokenizer(WHOLE)
    times = []
    for i in range(11):
        start = time.perf_counter()
        tokenizer.step(f"abba {i}" * 20)
        times.append(time.perf_counter() - start)
    assert sorted(times)[5] < 0.03


def test_processes_are_few_and_start_again() -> None:
    tokenizers = [HostedTokenizer(WHOLE) for _ in range(hosted.MOST + 2)]
    assert len(hosted._running) <= hosted.MOST
    for tokenizer in tokenizers:
        assert tokenizer.step("ab").tokens == ("ab",)
        assert len(hosted._running) <= hosted.MOST
    hosted._running[tokenizers[-1]].child.kill()
    hosted._running[tokenizers[-1]].child.wait()
    assert tokenizers[-1].step("ab").tokens == ("ab",), "a process that has died is replaced"


def test_a_process_ends_with_its_tokenizer() -> None:
    tokenizer = HostedTokenizer(WHOLE)
    child = hosted._running[tokenizer].child
    assert child.poll() is None
    del tokenizer
    gc.collect()
    assert child.poll() is not None


@pytest.mark.skipif(not os.path.exists("/proc/self/limits"), reason="needs /proc")  # noqa: PTH110
def test_the_process_is_limited_and_small() -> None:
    tokenizer = HostedTokenizer(WHOLE)
    pid = hosted._running[tokenizer].child.pid
    with open(f"/proc/{pid}/limits") as limits:  # noqa: PTH123
        rows = {line[:25].strip(): line[25:].split()[:2] for line in limits}
    assert rows["Max address space"] == ["1500000000"] * 2
    assert rows["Max core file size"] == ["0"] * 2
    assert rows["Max file size"] == ["0"] * 2
    assert rows["Max cpu time"][0] != "unlimited"
    with open(f"/proc/{pid}/environ") as environment:  # noqa: PTH123
        assert "HOME" not in environment.read(), "the server's environment stays with the server"
    code = (
        "import sys, core.tokenizers.real.child; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'streamlit', 'numpy')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=hosted.ROOT, check=False).returncode == 0
    )


def test_a_message_holds_known_classes_only() -> None:
    with pytest.raises(pickle.UnpicklingError, match="system is not a class of a message"):
        frames.read(_stream(pickle.dumps(os.system)))
    with pytest.raises(pickle.UnpicklingError, match="a message of 4294967295 bytes"):
        frames.read(io.BytesIO(b"\xff" * 4))
    with pytest.raises(EOFError):
        frames.read(io.BytesIO(b"\5\0\0\0abc"))


def _stream(data: bytes) -> io.BytesIO:
    return io.BytesIO(len(data).to_bytes(4, "little") + data)
