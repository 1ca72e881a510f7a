"""Apply learned merges to one sequence of symbols: the lowest rank first, leftmost first.

Sequences may be long (a page of text without a space), so the next merge comes from a heap and the
states from a shared history: n symbols cost O(n log n) time and O(n) memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.tokenizers.trained.history import NEVER_MERGED, HistoryBuilder, Pair, SymbolHistory


@dataclass(frozen=True, slots=True)
class RankedMerge:
    """One merge as applied to one word. `index` counts the merges that applied, from 0.

    `rank` is the merge's place in the learned list; `places` is how often it applied here.
    """

    index: int
    rank: int
    pair: Pair
    merged: str
    places: int
    history: SymbolHistory

    @property
    def symbols_before(self) -> tuple[str, ...]:
        """Return the symbols before this merge."""
        return self.history.at(self.index)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols after this merge."""
        return self.history.at(self.index + 1)


@dataclass(frozen=True, slots=True)
class MergeRun:
    """What `merge_by_rank` did: the symbols at the end, and the merges on the way."""

    symbols: tuple[str, ...]
    steps: tuple[RankedMerge, ...]
    history: SymbolHistory


def concatenated(left: str, right: str) -> str:
    """Return the usual name of a merged symbol."""
    return left + right


def merge_by_rank(
    symbols: Sequence[str],
    ranks: Mapping[Pair, int],
    join: Callable[[str, str], str] = concatenated,
) -> MergeRun:
    """Merge neighbors by rank until no pair in `ranks` is left.

    Args:
        symbols: the sequence to start from.
        ranks: the rank of each pair that may merge; the lowest goes first.
        join: names the merged symbol.

    Returns:
        The final symbols and one step for each run of merges of the same rank. Merges at one rank
        that follow one another are one step; the order is the one of the `tokenizers` library.

    Example:
        >>> merge_by_rank("hugs", {("u", "g"): 0, ("h", "ug"): 1}).symbols
        ('hug', 's')
    """
    builder = HistoryBuilder(symbols)
    count = len(builder.symbols)
    # A linked list over the nodes that stand now; -1 ends it on either side.
    after = [*range(1, count), -1] if count else []
    before = list(range(-1, count - 1))
    waiting: list[tuple[int, int, int, int]] = []  # rank, place, left node, right node

    def offer(left: int, right: int) -> None:
        rank = ranks.get((builder.symbols[left], builder.symbols[right]))
        if rank is not None:
            heapq.heappush(waiting, (rank, builder.start[left], left, right))

    for node in range(count - 1):
        offer(node, node + 1)
    first = 0 if count else -1
    records: list[list] = []  # [rank, pair, merged, places]
    while waiting:
        rank, _, left, right = heapq.heappop(waiting)
        if builder.end_step[left] != NEVER_MERGED or builder.end_step[right] != NEVER_MERGED:
            continue  # one of the two was merged away meanwhile
        pair = (builder.symbols[left], builder.symbols[right])
        if records and records[-1][0] == rank:
            records[-1][3] += 1
        else:
            records.append([rank, pair, join(*pair), 1])
        node = builder.join(left, right, records[-1][2], len(records))
        before.append(before[left])
        after.append(after[right])
        if before[node] >= 0:
            after[before[node]] = node
            offer(before[node], node)
        else:
            first = node
        if after[node] >= 0:
            before[after[node]] = node
            offer(node, after[node])
    final: list[str] = []
    while first >= 0:
        final.append(builder.symbols[first])
        first = after[first]
    history = builder.freeze()
    steps = tuple(
        RankedMerge(index, rank, pair, merged, places, history)
        for index, (rank, pair, merged, places) in enumerate(records)
    )
    return MergeRun(tuple(final), steps, history)
