"""Fixtures of the whole suite: the two real models, each loaded once."""

from __future__ import annotations

import gc
import os

# Threads of torch that wait for each other must not spin: on cores that are busy with something
# else as well (a browser, a server) a pass would take ten times as long. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from collections.abc import Generator
from functools import cache

import pytest
import torch
from streamlit.components.v2 import manifest_scanner

from core.lm import Encoder, LanguageModel, load_encoder, load_language_model
from ui.gc_tuning import THRESHOLDS

# As the server has it: full collections of a process with torch in it take a tenth of the time.
gc.set_threshold(*THRESHOLDS)


@pytest.fixture(scope="session", autouse=True)
def _installed_packages_are_read_once() -> Generator[None]:
    """Each AppTest would read every package's metadata again, looking for components in it."""
    scan = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture
def one_thread() -> Generator[None]:
    # Matrices this small run many times slower when threads share them on a busy machine.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def language_model() -> LanguageModel:
    # Missing weights fail with the sentence that says how to install them; nothing is skipped.
    return load_language_model(device="cpu")


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder(device="cpu")
