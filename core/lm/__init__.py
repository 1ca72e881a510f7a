"""A real language model: a GGUF file in, logits and every intermediate out.

Reading order: `forward.py` (the whole architecture on one screen), `weights.py` and `config.py`
(what it reads), `kv_cache.py`, `prediction.py` (logits and traces), `generate.py` and `steps.py`
(generation and the functions for beam search and coding), `batch.py` (several texts in one pass),
`model.py` (both halves together).
`tokenizer.py`, `gguf_file.py`, `store.py`, `prepare.py` and `loading.py` open the file;
`encoder.py` and `encoder_loading.py` are the BERT-style encoder.
"""

from __future__ import annotations

from core.lm.batch import next_logits_together, read_together
from core.lm.config import ModelConfig
from core.lm.encoder import Encoder, EncoderConfig, EncoderTrace, PaddedBatch
from core.lm.encoder_loading import load_encoder
from core.lm.errors import ModelError
from core.lm.generate import Generation, GenerationStep
from core.lm.kv_cache import KVCache
from core.lm.loading import find_language_model, load_language_model
from core.lm.model import LanguageModel
from core.lm.prediction import PAGE_TOKENS
from core.lm.steps import NextLogProbs, NextProbs
from core.lm.tokenizer import ModelTokenizer, readable_bytes
from core.lm.trace import DEFAULT_KEEP, TRACE_NAMES, ModelTrace

__all__ = [
    "DEFAULT_KEEP",
    "PAGE_TOKENS",
    "TRACE_NAMES",
    "Encoder",
    "EncoderConfig",
    "EncoderTrace",
    "Generation",
    "GenerationStep",
    "KVCache",
    "LanguageModel",
    "ModelConfig",
    "ModelError",
    "ModelTokenizer",
    "ModelTrace",
    "NextLogProbs",
    "NextProbs",
    "PaddedBatch",
    "find_language_model",
    "load_encoder",
    "load_language_model",
    "next_logits_together",
    "read_together",
    "readable_bytes",
]
