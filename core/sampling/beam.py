"""Beam search as a tree: what was kept, what was pruned, what finished, against the greedy path."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.sampling.filters import REMOVED

NextLogProbs = Callable[[list[list[int]]], Tensor]


class Beam(NamedTuple):
    """One result: the ids, prompt included, and the score after the length penalty."""

    sequence: list[int]
    score: float


@dataclass(frozen=True, slots=True)
class BeamNode:
    """One candidate: a token after its parent.

    Attributes:
        id: place in `BeamTree.nodes`; the root, which stands for the prompt, is 0.
        parent: id of the node before; -1 for the root.
        token: its id; -1 for the root.
        log_prob: of the token after its prefix, in nats.
        cumulative: sum of the log probabilities from the root, in nats.
        score: cumulative / step ** length_penalty.
        step: how many tokens were generated; 0 for the root.
        rank: place among the candidates of its step, from 0.
        status: "kept" goes on (or is cut off by the last step), "finished" ends with eos, "pruned"
            was not among the best.
        final_rank: place among the results, from 0; None if it is none.
    """

    id: int
    parent: int
    token: int
    log_prob: float
    cumulative: float
    score: float
    step: int
    rank: int
    status: Literal["kept", "finished", "pruned"]
    final_rank: int | None = None


@dataclass(frozen=True, slots=True)
class BeamTree:
    """A whole beam search.

    Attributes:
        prompt_ids: the prompt.
        num_beams, length_penalty, eos_id: the settings.
        beams: the results, best first.
        finals: ids of their last nodes, in the same order.
        nodes: every candidate that was looked at, parents before children.
        steps: how many steps were run; fewer than asked for when nothing could improve any more.
    """

    prompt_ids: tuple[int, ...]
    num_beams: int
    length_penalty: float
    eos_id: int | None
    beams: tuple[Beam, ...]
    finals: tuple[int, ...]
    nodes: tuple[BeamNode, ...]
    steps: int

    def path(self, node_id: int) -> list[int]:
        """Return the node ids from the root to this node, both included."""
        path = [checks.integer("node_id", node_id, 0, len(self.nodes) - 1)]
        while self.nodes[path[-1]].parent >= 0:
            path.append(self.nodes[path[-1]].parent)
        return path[::-1]

    def tokens(self, node_id: int) -> list[int]:
        """Return the generated tokens up to this node, without the prompt."""
        return [self.nodes[place].token for place in self.path(node_id)[1:]]


@dataclass(frozen=True, slots=True)
class GreedyPath:
    """Always the most likely next token.

    Attributes:
        sequence: the ids, prompt included.
        log_probs: of each generated token, in nats.
        cumulative: their sum.
        score: cumulative / length ** length_penalty, comparable with a beam's score.
    """

    sequence: list[int]
    log_probs: tuple[float, ...]
    cumulative: float
    score: float


def beam_search(
    next_log_probs: NextLogProbs,
    prompt_ids: Sequence[int],
    num_beams: int,
    steps: int,
    length_penalty: float = 1.0,
    eos_id: int | None = None,
    candidates: int | None = None,
) -> BeamTree:
    """Extend the `num_beams` best prefixes at each step, and keep the tree.

    Each step looks at the best continuations of all beams together. One that ends with `eos_id`
    and stands among the first `num_beams` is finished; the best others go on. The search ends after
    `steps`, or when `num_beams` are finished and no running beam scores better at its present
    length (the `early_stopping=False` rule of `transformers`). Ties go to the better beam, then to
    the lower token id.

    Args:
        next_log_probs: given N prefixes (prompt included), (N, V) natural log probabilities;
            -inf for a token that cannot come.
        prompt_ids: where to start.
        num_beams: at least 1.
        steps: how many tokens to write at most, at least 1.
        length_penalty: a result's score is its summed log probability / length ** length_penalty,
            the length counted without the prompt. Above 0 favors long results, below 0 short ones.
        eos_id: the token that ends a sequence; None for no such token.
        candidates: how many continuations a step records in the tree, pruned ones included;
            `2 * num_beams` by default.

    Returns:
        A BeamTree.

    Raises:
        ValueError: if an argument cannot be used, or `next_log_probs` gives another shape, NaN, a
            positive value, or no possible token.

    Example:
        Where "a" has 0.6 and then 0.5 at best, "b" 0.4 and then 0.9, two beams find b (0.36) and
        greedy takes a (0.30).

    Source: Graves (2012), "Sequence Transduction with Recurrent Neural Networks", section 2.6;
    length normalization as in `transformers`' `GenerationMixin._beam_search`.
    """
    prompt = _check_search(next_log_probs, prompt_ids, steps, eos_id)
    num_beams = checks.integer("num_beams", num_beams, 1)
    length_penalty = checks.number("length_penalty", length_penalty)
    width = 2 * num_beams
    if candidates is not None:
        width = max(width, checks.integer("candidates", candidates, 1))
    nodes = [BeamNode(0, -1, -1, 0.0, 0.0, 0.0, 0, 0, "kept")]
    running = [(nodes[0], list(prompt))]
    finished: list[tuple[BeamNode, list[int]]] = []
    step = 0
    for step in range(1, steps + 1):
        log_probs = _call(next_log_probs, [prefix for _, prefix in running], eos_id)
        grown: list[tuple[BeamNode, list[int]]] = []
        for rank, (beam, token) in enumerate(_best_candidates(running, log_probs, width)):
            parent, prefix = running[beam]
            log_prob = float(log_probs[beam, token])
            cumulative = parent.cumulative + log_prob
            in_front = rank < num_beams
            # Candidates behind the front only stand in for those that finish; not in the last step.
            goes_on = len(grown) < num_beams and (in_front or step < steps)
            status: Literal["kept", "finished", "pruned"] = "pruned"
            if token == eos_id:
                status = "finished" if in_front else "pruned"
            elif goes_on and rank < 2 * num_beams:
                status = "kept"
            node = BeamNode(
                id=len(nodes),
                parent=parent.id,
                token=token,
                log_prob=log_prob,
                cumulative=cumulative,
                score=cumulative / step**length_penalty,
                step=step,
                rank=rank,
                status=status,
            )
            nodes.append(node)
            if status == "finished":
                finished.append((node, [*prefix, token]))
            elif status == "kept":
                grown.append((node, [*prefix, token]))
        finished = sorted(finished, key=lambda end: -end[0].score)[:num_beams]
        running = grown
        if not running:
            break
        best = running[0][0].cumulative / step**length_penalty
        if len(finished) == num_beams and best <= finished[-1][0].score:
            running = []
            break
    results = sorted([*finished, *running], key=lambda end: -end[0].score)[:num_beams]
    for place, (node, _) in enumerate(results):
        nodes[node.id] = replace(node, final_rank=place)
    return BeamTree(
        prompt_ids=tuple(prompt),
        num_beams=num_beams,
        length_penalty=length_penalty,
        eos_id=eos_id,
        beams=tuple(Beam(sequence, node.score) for node, sequence in results),
        finals=tuple(node.id for node, _ in results),
        nodes=tuple(nodes),
        steps=step,
    )


def greedy_search(
    next_log_probs: NextLogProbs,
    prompt_ids: Sequence[int],
    steps: int,
    length_penalty: float = 1.0,
    eos_id: int | None = None,
) -> GreedyPath:
    """Take the most likely token each time, the lower id of a tie; stop after `eos_id`.

    Args:
        next_log_probs: given N prefixes, (N, V) natural log probabilities.
        prompt_ids: where to start.
        steps: how many tokens to write at most, at least 1.
        length_penalty: as in `beam_search`.
        eos_id: the token that ends the sequence; None for no such token.

    Returns:
        A GreedyPath.

    Raises:
        ValueError: as `beam_search`.

    Example:
        In the example of `beam_search` the greedy path starts with a, total probability 0.30.

    Source: the k = 1 case of beam search.
    """
    sequence = _check_search(next_log_probs, prompt_ids, steps, eos_id)
    length_penalty = checks.number("length_penalty", length_penalty)
    taken: list[float] = []
    for _ in range(steps):
        row = _call(next_log_probs, [sequence], eos_id)[0]
        token = int(row.argmax())
        taken.append(float(row[token]))
        sequence = [*sequence, token]
        if token == eos_id:
            break
    total = math.fsum(taken)
    return GreedyPath(sequence, tuple(taken), total, total / len(taken) ** length_penalty)


def _best_candidates(
    running: list[tuple[BeamNode, list[int]]], log_probs: Tensor, width: int
) -> list[tuple[int, int]]:
    """Return (beam, token) of the `width` best possible continuations, best first."""
    start = torch.tensor([node.cumulative for node, _ in running], dtype=torch.float64)
    flat = (start[:, None] + log_probs).flatten()
    width = min(width, int((flat > REMOVED).sum()))
    bar = torch.topk(flat, width).values[-1]
    # topk breaks ties as it likes: take all that reach the bar, in their order, then cut.
    places = (flat >= bar).nonzero().flatten()
    order = torch.sort(flat[places], descending=True, stable=True).indices[:width]
    size = log_probs.shape[1]
    return [divmod(int(place), size) for place in places[order]]


def _call(next_log_probs: NextLogProbs, prefixes: list[list[int]], eos_id: int | None) -> Tensor:
    log_probs = next_log_probs([list(prefix) for prefix in prefixes])
    if not isinstance(log_probs, Tensor) or log_probs.ndim != 2:
        shape = tuple(log_probs.shape) if isinstance(log_probs, Tensor) else type(log_probs)
        raise InputError(
            "next_log_probs must return a (N, V) tensor; got {shape}.",
            shape=shape,
        )
    rows, size = log_probs.shape
    if rows != len(prefixes) or size == 0:
        raise InputError(
            "next_log_probs must return ({length}, V) for {length} prefixes; got {got}.",
            length=len(prefixes),
            got=(rows, size),
        )
    if eos_id is not None and eos_id >= size:
        raise InputError(
            "eos_id must be a token id from 0 to {last}; got {eos_id}.",
            last=size - 1,
            eos_id=eos_id,
        )
    log_probs = log_probs.detach().to("cpu", torch.float64)
    highest = log_probs.max(dim=1).values
    if bool(log_probs.isnan().any()):
        raise InputError("next_log_probs must not return NaN.")
    most = float(highest.max())
    if most > 1e-4:
        raise InputError(
            "next_log_probs must return log probabilities, at most 0; got {most:g}. "
            "Take log_softmax of logits.",
            most=most,
        )
    if float(highest.min()) == REMOVED:
        raise InputError("next_log_probs must leave a possible token after every prefix.")
    return log_probs


def _check_search(
    next_log_probs: object, prompt_ids: Sequence[int], steps: int, eos_id: int | None
) -> list[int]:
    if not callable(next_log_probs):
        raise InputError(
            "next_log_probs must be a function; got {got}.",
            got=checks.short(next_log_probs),
        )
    checks.integer("steps", steps, 1)
    if eos_id is not None:
        checks.integer("eos_id", eos_id, 0)
    try:
        prompt = list(prompt_ids)
    except TypeError as error:
        raise InputError(
            "prompt_ids must be a list of token ids; got {got}.",
            got=checks.short(prompt_ids),
        ) from error
    return [checks.integer("prompt_ids", int(i) if isinstance(i, Tensor) else i, 0) for i in prompt]
