"""Fixtures of the whole suite: the two real models, each loaded once."""

from __future__ import annotations

import os

# Threads of torch that wait for each other must not spin: on cores that are busy with something
# else as well (a browser, a server) a pass would take ten times as long. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest

from core.lm import Encoder, LanguageModel, load_encoder, load_language_model


@pytest.fixture(scope="session")
def language_model() -> LanguageModel:
    # Missing weights fail with the sentence that says how to install them; nothing is skipped.
    return load_language_model(device="cpu")


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder(device="cpu")
