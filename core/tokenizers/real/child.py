"""The process that runs a visitor's tokenizer.json: `python -m core.tokenizers.real.child`.

It reads requests from its standard input and answers on its standard output; see `hosted.py` for
the other side. A hostile file can crash the `tokenizers` library, exhaust memory or loop: here it
takes nothing but this process along. The operating system limits it, and before each dangerous step
it says what it is about to do, so that the server can name the part at which it ended.
"""

from __future__ import annotations

import json
import math
import os
import resource
import select
import sys
from collections.abc import Callable
from typing import IO, Any

from tokenizers import Tokenizer

from core.errors import InputError, Sentence
from core.tokenizers.real.cut import library_errors
from core.tokenizers.real.file import leaf_stages
from core.tokenizers.real.frames import packed, read, write
from core.tokenizers.real.tokenizer import RealTokenizer, load_tokenizer

MEMORY = 1_500_000_000  # bytes of address space
OPEN_FILES = 32
IDLE_S = 600  # without a request for so long, the process ends; it is started again when needed
PROBE = "Hello, wörld! 你好 👍🏽 don't 1234\n\n  x += 1"  # run through each stage after loading
#: Parts of a file that this page does not use, and so does not run.
UNUSED = ("post_processor", "decoder", "truncation", "padding")


def limit_process() -> None:
    """Limit memory and open files, and forbid core dumps and writing to files, once and for all."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def allow_seconds(seconds: float) -> None:
    """Let the process use so much more CPU time; beyond it, the system ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, most))


def load(data: bytes, doing: Callable[[Sentence], None]) -> RealTokenizer:
    """Read a file; run each of its stages alone, then all of them, on a short text."""

    def probe(stages: list[dict[str, Any]], kind: Sentence, key: str) -> None:
        for stage in stages:
            doing(Sentence("running the {stage_kind} {name}", stage_kind=kind, name=stage["type"]))
            parts = {"model": {"type": "BPE", "vocab": {}, "merges": []}, key: stage}
            with library_errors(
                Sentence("run the {stage_kind} {name}", stage_kind=kind, name=stage["type"])
            ):
                library = Tokenizer.from_str(json.dumps({"version": "1.0"} | parts))
                library.encode(PROBE)

    def prepare(parsed: dict[str, Any]) -> str:
        probe(leaf_stages(parsed, "normalizer"), Sentence("normalizer"), "normalizer")
        probe(leaf_stages(parsed, "pre_tokenizer"), Sentence("pre-tokenizer"), "pre_tokenizer")
        doing(Sentence("reading the model and the added tokens"))
        return json.dumps(parsed | dict.fromkeys(UNUSED))

    doing(Sentence("reading the JSON"))
    tokenizer = load_tokenizer(data, prepare=prepare)
    doing(Sentence("running all stages on a short text"))
    tokenizer.step(PROBE)
    return tokenizer


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer requests until there are no more."""

    def doing(what: Sentence) -> None:
        write(replies, ("doing", packed(what)))

    tokenizer: RealTokenizer | None = None
    while select.select([requests], [], [], IDLE_S)[0]:
        try:
            content, seconds = read(requests)
        except EOFError:
            return
        allow_seconds(seconds)
        try:
            if isinstance(content, bytes):
                tokenizer = None
                tokenizer = load(content, doing)
                found: object = {name: getattr(tokenizer, name) for name in SUMMARY}
            else:
                doing(Sentence("tokenizing this text"))
                if tokenizer is None:
                    raise RuntimeError("a text before a file")
                found = tokenizer.step(content)
            write(replies, ("done", found))
        except InputError as error:
            write(replies, ("refused", packed(error.sentence)))


#: What the server learns about the tokenizer.
SUMMARY = ("kind", "byte_level", "vocab_size", "unk", "normalizers", "pre_tokenizers")


if __name__ == "__main__":
    # The answers get a pipe of their own: whatever else prints goes nowhere.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_process()
    serve(sys.stdin.buffer, answers)
