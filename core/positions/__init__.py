"""Positions: RoPE with its scalings and pairings, sinusoids, a learned table, ALiBi."""

from __future__ import annotations

from core.positions.additive import (
    POSITION_SCHEMES,
    PositionScores,
    alibi_bias,
    alibi_slopes,
    learned_positions,
    position_scores,
    random_position_table,
    sinusoidal_encoding,
)
from core.positions.pairings import (
    PairingComparison,
    compare_pairings,
    pairing_permutation,
    permute_projection,
    rope_concatenated_mistake,
    rope_concatenated_slip,
    rope_mixed_tables_mistake,
    rope_mixed_tables_slip,
)
from core.positions.rope import (
    PAIRINGS,
    apply_rope,
    join_pairs,
    rope_angles,
    rope_frequencies,
    rope_tables,
    rotate,
    split_pairs,
    wavelengths,
)
from core.positions.scaling import (
    ROPE_SCALINGS,
    RopeScaling,
    llama3_keep_share,
    plain_frequencies,
    yarn_keep_share,
)
from core.positions.scores import (
    PairClocks,
    RopeScore,
    ScoreComparison,
    ScoreDecay,
    compare_scores,
    pair_clocks,
    rope_score,
    rotation_matrix,
    score_by_offset,
    score_decay,
)

__all__ = [
    "PAIRINGS",
    "POSITION_SCHEMES",
    "ROPE_SCALINGS",
    "PairClocks",
    "PairingComparison",
    "PositionScores",
    "RopeScaling",
    "RopeScore",
    "ScoreComparison",
    "ScoreDecay",
    "alibi_bias",
    "alibi_slopes",
    "apply_rope",
    "compare_pairings",
    "compare_scores",
    "join_pairs",
    "learned_positions",
    "llama3_keep_share",
    "pair_clocks",
    "pairing_permutation",
    "permute_projection",
    "plain_frequencies",
    "position_scores",
    "random_position_table",
    "rope_angles",
    "rope_concatenated_mistake",
    "rope_concatenated_slip",  # old name, until the pages have moved
    "rope_frequencies",
    "rope_mixed_tables_mistake",
    "rope_mixed_tables_slip",  # old name, until the pages have moved
    "rope_score",
    "rope_tables",
    "rotate",
    "rotation_matrix",
    "score_by_offset",
    "score_decay",
    "sinusoidal_encoding",
    "split_pairs",
    "wavelengths",
    "yarn_keep_share",
]
