"""A mixture-of-experts layer: SwiGLU experts behind a router, every stage returned by name.

    x (N, D) -> router logits (N, E) -> k experts a token -> dispatch -> experts -> weighted sum

Sources: Shazeer et al. 2017, arXiv:1701.06538, eq. 1; Mixtral, arXiv:2401.04088, section 2.1;
DeepSeekMoE (shared experts), Dai et al. 2024, arXiv:2401.06066, section 3.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core import checks
from core.errors import InputError
from core.moe.routing import Routing, expert_capacity, jitter, route


@dataclass(frozen=True, slots=True, eq=False)
class MoETrace:
    """What one pass through a `MoELayer` computed; N is the number of tokens, all batches together.

    Attributes:
        router_input: (N, D) the tokens as the router saw them (with jitter, if any).
        router_noise: (N, E) what was added to the logits; zeros without noise.
        router_logits: (N, E) with the noise.
        routing: the router's decisions.
        dispatched: for each expert, the (n_e,) token numbers it really processed, in order.
        expert_outputs: (N, k, D) output of each chosen expert; 0 where the token was dropped.
        routed_output: (N, D) sum over k of weight * expert output.
        shared_output: (N, D) sum of the shared experts, which see every token; 0 without any.
        output: same shape as the input: routed + shared.
    """

    router_input: Tensor
    router_noise: Tensor
    router_logits: Tensor
    routing: Routing
    dispatched: tuple[Tensor, ...]
    expert_outputs: Tensor
    routed_output: Tensor
    shared_output: Tensor
    output: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class TokenStep:
    """One token on its way through the layer: output = shared + sum of the contributions.

    Attributes:
        token: its number.
        experts: the chosen experts, best first.
        gates: their gates.
        kept: whether each expert had room.
        queue: (E,) tokens each expert holds after this token.
        contributions: (k, D) weight * expert output.
        shared: (D,) what the shared experts add.
        output: (D,) the layer's output for this token.
    """

    token: int
    experts: tuple[int, ...]
    gates: tuple[float, ...]
    kept: tuple[bool, ...]
    queue: tuple[int, ...]
    contributions: Tensor
    shared: Tensor
    output: Tensor


class SwiGLUExperts(nn.Module):
    """E feed-forward networks down(silu(gate x) * up x), their matrices stacked along dim 0.

    Source: Shazeer 2020, "GLU Variants Improve Transformer", arXiv:2002.05202, eq. 6.
    """

    def __init__(
        self, num_experts: int, dim: int, hidden_dim: int, generator: torch.Generator | None = None
    ) -> None:
        """Draw the weights of all experts."""
        super().__init__()

        def uniform(rows: int, columns: int) -> nn.Parameter:
            # The bound of nn.Linear: 1 / sqrt(inputs).
            weight = torch.rand(num_experts, rows, columns, generator=generator)
            return nn.Parameter((weight * 2 - 1) / math.sqrt(columns))

        self.gate_proj = uniform(hidden_dim, dim)
        self.up_proj = uniform(hidden_dim, dim)
        self.down_proj = uniform(dim, hidden_dim)

    def forward(self, groups: Sequence[Tensor]) -> list[Tensor]:
        """Run groups[e] (n_e, D) through expert e, for every expert."""
        # Taken apart by unbind, so that the backward pass puts the gradients together only once.
        matrices = zip(
            self.gate_proj.unbind(), self.up_proj.unbind(), self.down_proj.unbind(), strict=True
        )
        return [
            (F.silu(x @ gate.T) * (x @ up.T)) @ down.T
            for x, (gate, up, down) in zip(groups, matrices, strict=True)
        ]

    def run(self, x: Tensor, expert: int) -> Tensor:
        """Run x (..., D) through one expert."""
        hidden = F.silu(x @ self.gate_proj[expert].T) * (x @ self.up_proj[expert].T)
        return hidden @ self.down_proj[expert].T


class MoELayer(nn.Module):
    """A feed-forward layer of `num_experts` experts, of which each token uses `top_k`.

    Args:
        dim: width D of a token.
        hidden_dim: width inside one expert.
        num_experts: routed experts E.
        top_k: experts per token.
        num_shared: experts that every token goes through as well, without a gate.
        normalize: as in `route`.
        capacity_factor: None = nothing is dropped; else see `expert_capacity`.
        jitter_noise: half-width of the router's input noise; used when forward gets a generator.
        logit_noise: standard deviation of normal noise on the router's logits; likewise.
        generator: for the initial weights; None = torch's global one.

    Raises:
        ValueError: a size below 1, top_k above num_experts, ...

    Example:
        >>> layer = MoELayer(dim=3, hidden_dim=5, num_experts=4, top_k=2)
        >>> trace = layer(torch.ones(2, 7, 3))
        >>> tuple(trace.output.shape), tuple(trace.expert_outputs.shape)
        ((2, 7, 3), (14, 2, 3))

    Source: Shazeer et al. 2017, eq. 1; Mixtral section 2.1; DeepSeekMoE eq. 9 (shared experts).
    """

    selection_bias: Tensor

    def __init__(
        self,
        dim: int,
        hidden_dim: int,
        num_experts: int,
        top_k: int,
        num_shared: int = 0,
        *,
        normalize: str = "after",
        capacity_factor: float | None = None,
        jitter_noise: float = 0.0,
        logit_noise: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        """Draw the weights; the arguments are described above."""
        super().__init__()
        self.dim = checks.integer("dim", dim, 1)
        self.hidden_dim = checks.integer("hidden_dim", hidden_dim, 1)
        self.num_experts = checks.integer("num_experts", num_experts, 1)
        self.top_k = checks.integer("top_k", top_k, 1, num_experts)
        self.num_shared = checks.integer("num_shared", num_shared, 0)
        self.normalize = checks.choice("normalize", normalize, ("after", "before"))
        if capacity_factor is not None:
            checks.number("capacity_factor", capacity_factor, 0.0, low_open=True)
        self.capacity_factor = capacity_factor
        self.jitter_noise = checks.number("jitter_noise", jitter_noise, 0.0, 1.0)
        self.logit_noise = checks.number("logit_noise", logit_noise, 0.0)
        router = torch.rand(num_experts, dim, generator=generator)
        self.router = nn.Parameter((router * 2 - 1) / math.sqrt(dim))
        self.experts = SwiGLUExperts(num_experts, dim, hidden_dim, generator)
        self.shared = SwiGLUExperts(num_shared, dim, hidden_dim, generator) if num_shared else None
        # Not a parameter: loss-free balancing sets it from the load, never by a gradient.
        self.register_buffer("selection_bias", torch.zeros(num_experts))

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> MoETrace:
        """Route, dispatch, run, combine.

        Args:
            x: (..., D) tokens.
            generator: turns the noise on (training); None = no noise.

        Returns:
            A `MoETrace`; `.output` has the shape of `x`.

        Raises:
            ValueError: `x` is not (..., dim), is empty, or is not finite.
        """
        if not isinstance(x, Tensor) or x.ndim < 1 or x.shape[-1] != self.dim or x.numel() == 0:
            got = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else checks.short(x)
            raise InputError(
                "x must be (..., {dim}) with at least one token; got {got}.",
                dim=self.dim,
                got=got,
            )
        tokens = x.reshape(-1, self.dim)  # (N, D)
        seen = tokens
        if generator is not None and self.jitter_noise > 0:
            seen = jitter(tokens, self.jitter_noise, generator)
        clean = seen @ self.router.T  # (N, E)
        noise = torch.zeros_like(clean)
        if generator is not None and self.logit_noise > 0:
            draw = torch.randn(clean.shape, dtype=clean.dtype, generator=generator)
            noise = self.logit_noise * draw.to(clean.device)
        logits = clean + noise
        capacity = None
        if self.capacity_factor is not None:
            capacity = expert_capacity(
                tokens.shape[0], self.num_experts, self.top_k, self.capacity_factor
            )
        routing = route(logits, self.top_k, capacity, self.normalize, self._bias())

        # Dispatch: each expert runs once, on the tokens that it kept.
        places = [
            torch.where((routing.expert_index == expert) & routing.kept)
            for expert in range(self.num_experts)
        ]
        outputs = self.experts([tokens[token] for token, _ in places])
        where = tuple(torch.cat(index) for index in zip(*places, strict=True))
        empty = tokens.new_zeros(tokens.shape[0], self.top_k, self.dim)
        expert_outputs = empty.index_put(where, torch.cat(outputs))  # (N, k, D)
        # Combine: a dropped assignment has weight 0 and output 0.
        routed = (routing.weight.unsqueeze(-1) * expert_outputs).sum(dim=1)
        shared = torch.zeros_like(routed)
        if self.shared is not None:
            shared = torch.stack(self.shared([tokens] * self.num_shared)).sum(dim=0)
        return MoETrace(
            router_input=seen,
            router_noise=noise,
            router_logits=logits,
            routing=routing,
            dispatched=tuple(token for token, _ in places),
            expert_outputs=expert_outputs,
            routed_output=routed,
            shared_output=shared,
            output=(routed + shared).reshape(x.shape),
        )

    def _bias(self) -> Tensor | None:
        # Without a bias the logits themselves are ranked, which cannot tie by underflow.
        return self.selection_bias if bool(self.selection_bias.any()) else None


def token_steps(trace: MoETrace) -> tuple[TokenStep, ...]:
    """Take a pass apart token by token, in the order in which tokens claim their places.

    Args:
        trace: a pass through a `MoELayer`.

    Returns:
        One `TokenStep` per token; the last one's queue is the load.

    Example:
        >>> layer = MoELayer(dim=3, hidden_dim=5, num_experts=4, top_k=2)
        >>> steps = token_steps(layer(torch.ones(2, 3)))
        >>> len(steps), sum(steps[-1].queue)
        (2, 4)
    """
    routing = trace.routing
    num_experts = routing.logits.shape[1]
    queue = [0] * num_experts
    contributions = routing.weight.unsqueeze(-1) * trace.expert_outputs
    outputs = trace.routed_output + trace.shared_output
    steps = []
    for token, (experts, gates, kept) in enumerate(
        zip(
            routing.expert_index.tolist(),
            routing.gate.tolist(),
            routing.kept.tolist(),
            strict=True,
        )
    ):
        for expert, has_room in zip(experts, kept, strict=True):
            queue[expert] += int(has_room)
        steps.append(
            TokenStep(
                token=token,
                experts=tuple(experts),
                gates=tuple(gates),
                kept=tuple(kept),
                queue=tuple(queue),
                contributions=contributions[token],
                shared=trace.shared_output[token],
                output=outputs[token],
            )
        )
    return tuple(steps)
