"""The controls of the page on training objectives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ui
from ui import N_, Choice, IntSlider, Notice, Slider, Text, _, models

# Three stages
stage = Choice(
    "objectives_stage",
    N_("Stage"),
    {
        "pretraining": N_("Pre-training"),
        "masked": N_("Masked LM"),
        "instruction": N_("Instruction tuning"),
    },
    "instruction",
)
mask = Choice(
    "objectives_mask",
    N_("Loss mask"),
    {
        "answer": N_("correct"),
        "no_end": N_("end token left out"),
        "everything": N_("everything masked"),
        "nothing": N_("nothing masked"),
    },
    kind="menu",
    when=lambda: stage.value == "instruction",
)
MOST_TOKENS = 40  # of the question and of the answer
question = Text("objectives_user", N_("User"), "What is the capital of France?")
answer = Text("objectives_assistant", N_("Assistant"), "The capital of France is Paris.")
token = IntSlider("objectives_token", N_("Token"), 2, 2 * MOST_TOKENS + 60, 43)
seed = IntSlider("objectives_seed", N_("Seed"), 0, 99, 0, when=lambda: stage.value == "masked")

# Preference
LONGEST_ANSWER = 32  # tokens
PREFERENCES = 6  # largest gap of the figure
weight = Slider(
    "objectives_weight",
    N_("Weight w"),
    -2,
    2,
    0.5,
    0.05,
    play=True,
    help=N_("The reward of an answer is w times its feature."),
)
preferred = Choice(
    "objectives_preferred",
    N_("You prefer"),
    {"a": N_("answer A"), "b": N_("answer B")},
)
feature = Choice(
    "objectives_feature",
    N_("Stand-in feature"),
    {"length": N_("length"), "log_prob": N_("ln p per token")},
    help=N_("A stand-in for a trained reward model: one number per answer."),
)
asked = Text("objectives_asked", N_("Prompt"), "What is the capital of France?", longest=2_000)
answers_seed = IntSlider("objectives_aseed", N_("Seed"), 0, 99, 1)

# Reward and KL
CANDIDATES = 5
REWARDS = (1.0, 0.0, 2.0, 0.0, 0.0)
beta = Slider(
    "objectives_beta",
    "β",
    0.05,
    10,
    1,
    0.05,
    scale="log",
    play=True,
    help=N_("Weight of the KL divergence. A small β lets the reward win."),
)
prompt = Text("objectives_prompt", N_("Prompt"), "The capital of France is", longest=2_000)


def prompt_ids() -> tuple[int, ...]:
    """Return the tokens of the prompt; the separator for an empty one."""
    ids, _cut = models.encode_limited(prompt.value, 64, "last")
    return tuple(ids) or (models.language_model().start_id,)


def candidates() -> tuple[int, ...]:
    """Return the most likely tokens after the prompt."""
    return tuple(models.next_logits(prompt_ids()).topk(CANDIDATES).indices.tolist())


def reward_label(i: int) -> str:
    """Return the label of a reward: the candidate's text."""
    try:
        return _("Reward of “{token}”").format(token=ui.plain(models.token(candidates()[i])))
    except Notice:  # no weights; the view itself says so
        return _("Reward of candidate {n}").format(n=i + 1)


def _label(i: int) -> Callable[[], str]:
    return partial(reward_label, i)


rewards = {
    i: Slider(f"objectives_reward{i}", _label(i), -3, 3, REWARDS[i], 0.1) for i in range(CANDIDATES)
}
draws = IntSlider("objectives_draws", N_("Draws n of best-of-n"), 1, 64, 4, scale="log")

# DPO
LOWEST = -30
both = Slider(
    "objectives_both",
    N_("Add to both ln π"),
    -30,
    0,
    0,
    1,
    play=True,
    help=N_("Changes the policy's log-probabilities of both answers by the same amount."),
)
policy_chosen = Slider("objectives_pc", N_("ln π(chosen)"), LOWEST, 0, -12, 0.5)
policy_rejected = Slider("objectives_pr", N_("ln π(rejected)"), LOWEST, 0, -18, 0.5)
reference_chosen = Slider("objectives_rc", N_("ln π_ref(chosen)"), LOWEST, 0, -14, 0.5)
reference_rejected = Slider("objectives_rr", N_("ln π_ref(rejected)"), LOWEST, 0, -15, 0.5)
dpo_beta = Slider("objectives_dbeta", "β", 0.01, 1, 0.1, 0.01, scale="log")

# A group
right = IntSlider(
    "objectives_right", N_("Correct answers"), 0, lambda: group_size.value, 2, play=True
)
group_size = IntSlider("objectives_group", N_("Answers in the group"), 2, 16, 8)

# One step
rate = Slider("objectives_rate", N_("Learning rate, × 10⁻³"), 0, 30, 3, 0.1, scale="log", play=True)
trained = Text(
    "objectives_trained", N_("Trained prompt"), "The capital of France is", longest=2_000
)
target = Text(
    "objectives_target",
    N_("Target"),
    " Paris",
    longest=200,
    note=N_("Its first token is the target."),
)
other = Text("objectives_other", N_("Another prompt"), "The capital of Germany is", longest=2_000)
