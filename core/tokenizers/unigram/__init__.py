"""Unigram: the lattice of one word, encoding, and training by EM and pruning.

Reading order: `arcs.py` (the recursions), `lattice.py`, `encode.py`, `training.py`.
"""

from core.tokenizers.unigram.encode import UnigramEncoding, encode_unigram
from core.tokenizers.unigram.lattice import (
    Posterior,
    Segmentation,
    UnigramLattice,
    best_segmentations,
    posterior,
    viterbi,
)
from core.tokenizers.unigram.seed import seed_vocabulary
from core.tokenizers.unigram.training import (
    EMIteration,
    UnigramStep,
    UnigramTraining,
    removal_deltas,
    train_unigram,
    unigram_loss,
)

__all__ = [
    "EMIteration",
    "Posterior",
    "Segmentation",
    "UnigramEncoding",
    "UnigramLattice",
    "UnigramStep",
    "UnigramTraining",
    "best_segmentations",
    "encode_unigram",
    "posterior",
    "removal_deltas",
    "seed_vocabulary",
    "train_unigram",
    "unigram_loss",
    "viterbi",
]
