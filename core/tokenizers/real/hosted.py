"""A visitor's tokenizer.json, run in a process of its own with limits on time and memory.

`HostedTokenizer` looks like a `RealTokenizer`: it is loaded, and it steps texts. The work is done
by `child.py` in another process, which is killed when it takes too long and replaced when it has
died. A process lives as long as its tokenizer; of more than `MOST` the one that has been idle for
longest ends and is started again when it is needed.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import InputError, Sentence
from core.tokenizers.alphabet import check_text, well_formed
from core.tokenizers.real.child import MEMORY
from core.tokenizers.real.file import read_json
from core.tokenizers.real.frames import read, unpacked, write
from core.tokenizers.real.tokenizer import RealTrace

MOST = 4  # processes at a time
LOAD_S, STEP_S = 8.0, 3.0  # of CPU time
PATIENCE = 3  # the process is killed when so many times as much has gone by
ROOT = Path(__file__).resolve().parents[3]
RECEIVING = Sentence("reading the file")


class _Process:
    """A running child. `used` is when it was last needed; `busy` while it works."""

    def __init__(self) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-m", "core.tokenizers.real.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            # The child gets none of the server's environment and uses one thread.
            env={
                "PATH": os.defpath,
                "RAYON_NUM_THREADS": "1",
                "TOKENIZERS_PARALLELISM": "false",
                "MALLOC_ARENA_MAX": "2",
            },
            start_new_session=True,
        )
        self.loaded = False
        self.busy = True
        self.used = time.monotonic()
        self.end = weakref.finalize(self, _end, self.child)

    def ask(self, content: bytes | str, seconds: float) -> Any:
        """Send a file or a text and return the answer.

        Raises:
            ValueError: the file or the text is refused, or the process had to be ended.
        """
        doing, timed_out, child = RECEIVING, threading.Event(), self.child

        def stop() -> None:  # Must not refer to `self`, which the timer's thread may outlive.
            timed_out.set()
            child.kill()

        watch = threading.Timer(PATIENCE * seconds, stop)
        watch.start()
        try:
            stdin, stdout = self.child.stdin, self.child.stdout
            assert stdin is not None and stdout is not None  # noqa: PT018 - both are pipes
            write(stdin, (content, seconds))
            while True:
                kind, found = read(stdout)
                if kind == "done":
                    return found
                if kind == "refused":
                    raise InputError.of(unpacked(found))
                doing = unpacked(found)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self.child.kill()
            late = self.child.wait() == -signal.SIGXCPU or timed_out.is_set()
            raise InputError.of(_reason(doing, seconds, late=late)) from error
        finally:
            watch.cancel()


def _reason(doing: Sentence, seconds: float, *, late: bool) -> Sentence:
    if late:
        return Sentence(
            "Your tokenizer.json was stopped: {doing} takes more than {seconds:g} s. Use another "
            "file or a shorter text.",
            doing=doing,
            seconds=seconds,
        )
    return Sentence(
        "The tokenizers library crashed, or needed more than {memory} MB of memory, while {doing}. "
        "This part of your tokenizer.json is not supported; use another file.",
        memory=MEMORY // 1_000_000,
        doing=doing,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(OSError):  # What was not yet written is lost with the process.
                pipe.close()
    child.wait()


class HostedTokenizer:
    """A tokenizer.json of a visitor; see the module. Attributes as of `RealTokenizer`."""

    kind: str
    byte_level: bool
    vocab_size: int
    unk: str | None
    normalizers: tuple[str, ...]
    pre_tokenizers: tuple[str, ...]

    def __init__(self, data: bytes) -> None:
        """Load a file.

        Raises:
            ValueError: broken, dangerous or unsupported, in a sentence.
        """
        read_json(data)  # its size and its encoding
        self._data = data
        process = _take(self)
        try:
            self._load(process)
        finally:
            _give(self, process)

    def step(self, text: str) -> RealTrace:
        """Tokenize a text as `RealTokenizer.step` does.

        Raises:
            ValueError: a text that cannot be tokenized, or not within the limits.
        """
        text = well_formed(check_text("text", text))
        process = _take(self)
        try:
            if not process.loaded:
                self._load(process)
            return process.ask(text, STEP_S)
        finally:
            _give(self, process)

    def _load(self, process: _Process) -> None:
        for name, value in process.ask(self._data, LOAD_S).items():
            setattr(self, name, value)
        process.loaded = True


_running: weakref.WeakKeyDictionary[HostedTokenizer, _Process] = weakref.WeakKeyDictionary()
_changed = threading.Condition()


def _take(owner: HostedTokenizer) -> _Process:
    """Return the process of a tokenizer for one request; start it if there is none."""
    with _changed:
        while True:
            mine = _running.get(owner)
            if mine is not None and not mine.busy and mine.child.poll() is None:
                mine.busy = True
                return mine
            if mine is None or not mine.busy:
                _drop(owner)
                idle = [key for key, process in _running.items() if not process.busy]
                if len(_running) < MOST or idle:
                    if len(_running) >= MOST:
                        _drop(min(idle, key=lambda key: _running[key].used))
                    _running[owner] = _Process()
                    return _running[owner]
            if not _changed.wait(PATIENCE * (LOAD_S + STEP_S)):
                raise InputError(
                    "Too many uploaded tokenizers are running at the moment. Try again later."
                )


def _give(owner: HostedTokenizer, process: _Process) -> None:
    """End a request; a process that has died or never loaded its file is dropped."""
    with _changed:
        process.busy = False
        process.used = time.monotonic()
        if not process.loaded or process.child.poll() is not None:
            _drop(owner)
        _changed.notify_all()


def _drop(owner: HostedTokenizer) -> None:
    process = _running.pop(owner, None)
    if process is not None:
        process.end()
