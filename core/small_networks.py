"""What the networks trained by this project share: initial weights, and files of weights."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


def uniform_matrix(rows: int, columns: int, generator: torch.Generator) -> nn.Parameter:
    """Return a (rows, columns) weight with the uniform initialization of `nn.Linear`."""
    uniform = torch.rand(rows, columns, generator=generator) * 2 - 1
    return nn.Parameter(uniform / columns**0.5)


def save_weights(network: nn.Module, config: Any, path: Path) -> Path:
    """Write the weights as float16, with the config, a dataclass, in the header; return `path`."""
    state = {name: value.half().contiguous() for name, value in network.state_dict().items()}
    save_file(state, path, metadata={"config": json.dumps(asdict(config))})
    return path


def read_weights(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the config's fields and the weights, in float32, that `save_weights` has written.

    Raises:
        Exception: The file is missing or of another form; the library has no common type for it.
    """
    with safe_open(path, framework="pt") as file:
        config = json.loads((file.metadata() or {})["config"])
        return config, {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
