"""Fixtures of the whole suite: the two models, each loaded once."""

from __future__ import annotations

import gc
import os

# Waiting torch threads must not spin: on cores that also run a browser or a server, a forward pass
# would take ten times as long. The variable is read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from collections.abc import Generator
from functools import cache

import pytest
import torch
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from core.lm import Encoder, LanguageModel, load_encoder, load_language_model
from ui.gc_tuning import THRESHOLDS

# Like the server: a full garbage collection is slow in a process with torch, so make it rare.
gc.set_threshold(*THRESHOLDS)


@pytest.fixture(scope="session", autouse=True)
def _what_every_page_test_would_repeat_is_done_once() -> Generator[None]:
    """Scan the packages for components once, compile each script once, wait without polling."""
    scan = cache(manifest_scanner.scan_component_manifests)
    scripts = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        patch.setattr(app_test, "ScriptCache", lambda: scripts)
        patch.setattr(local_script_runner, "require_widgets_deltas", _wait_for)
        yield


def _wait_for(runner: local_script_runner.LocalScriptRunner, timeout: float) -> None:
    # Streamlit's own function wakes up every millisecond, which slows down the script it waits for.
    assert runner._script_thread is not None
    runner._script_thread.join(timeout)
    if not runner.script_stopped():
        runner.request_stop()
        raise RuntimeError(f"AppTest script run timed out after {timeout} s")


@pytest.fixture
def one_thread() -> Generator[None]:
    # On a busy machine, multithreading makes such small matrix products many times slower.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def language_model() -> LanguageModel:
    # Without the weights this fails with a message on how to install them; no test is skipped.
    return load_language_model(device="cpu")


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder(device="cpu")
