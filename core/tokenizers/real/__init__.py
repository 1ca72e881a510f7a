"""Tokenizers that ship with published models, stepped merge by merge.

Reading order: `tokenizer.py`, then `pieces.py` (the steps of one piece), `cut.py` and `added.py`
(normalization, pre-tokenization, added tokens), `file.py`, `models.py` and `regex.py` (reading and
checking a `tokenizer.json`). This is the only part that needs the third-party library `tokenizers`.
"""

from core.tokenizers.real.tokenizer import (
    RealPiece,
    RealTokenizer,
    RealTrace,
    load_tokenizer,
    real_length_curve,
    real_scheme,
)

__all__ = [
    "RealPiece",
    "RealTokenizer",
    "RealTrace",
    "load_tokenizer",
    "real_length_curve",
    "real_scheme",
]
