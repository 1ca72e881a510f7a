"""Training objectives: what a model is asked to predict, and which tokens it learns from."""

from __future__ import annotations

from core.objectives.chat import (
    MASKS,
    ChatLabels,
    answer_prompt,
    chat_labels,
    masked_as,
    masked_losses,
    mean_loss,
    token_losses,
)
from core.objectives.groups import deviation, group_advantages
from core.objectives.last_layer import step_logits, trained_logits
from core.objectives.masking import (
    IGNORED,
    RATE,
    SHARES,
    MaskedTokens,
    mask_tokens,
    masked_count,
)
from core.objectives.pairs import (
    OverlapTest,
    SentencePair,
    overlap_test,
    sentence_pairs,
    split_documents,
    word_overlap,
)
from core.objectives.policies import (
    DPOLoss,
    TiltedPolicy,
    best_of_n,
    best_of_n_kl,
    dpo_loss,
    tilted_policies,
    tilted_policy,
)
from core.objectives.preferences import (
    FEATURES,
    PreferenceLoss,
    WeightGradient,
    answer_feature,
    preference_loss,
    preference_probability,
    weight_gradient,
)

__all__ = [
    "FEATURES",
    "IGNORED",
    "MASKS",
    "RATE",
    "SHARES",
    "ChatLabels",
    "DPOLoss",
    "MaskedTokens",
    "OverlapTest",
    "PreferenceLoss",
    "SentencePair",
    "TiltedPolicy",
    "WeightGradient",
    "answer_feature",
    "answer_prompt",
    "best_of_n",
    "best_of_n_kl",
    "chat_labels",
    "deviation",
    "dpo_loss",
    "group_advantages",
    "mask_tokens",
    "masked_as",
    "masked_count",
    "masked_losses",
    "mean_loss",
    "overlap_test",
    "preference_loss",
    "preference_probability",
    "sentence_pairs",
    "split_documents",
    "step_logits",
    "tilted_policies",
    "tilted_policy",
    "token_losses",
    "trained_logits",
    "weight_gradient",
    "word_overlap",
]
