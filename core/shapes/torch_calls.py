"""The torch calls that common einsums are another name of."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

#: The torch call of an expression whose indices are renamed to a, b, c … in order of appearance.
CALLS: dict[str, tuple[str, Callable[..., Tensor]]] = {
    "a->a": ("A.clone()", torch.clone),
    "a->": ("A.sum()", torch.sum),
    "ab->": ("A.sum()", torch.sum),
    "abc->": ("A.sum()", torch.sum),
    "ab->a": ("A.sum(dim=1)", lambda A: A.sum(dim=1)),
    "ab->b": ("A.sum(dim=0)", lambda A: A.sum(dim=0)),
    "abc->ab": ("A.sum(dim=2)", lambda A: A.sum(dim=2)),
    "ab->ab": ("A.clone()", torch.clone),
    "ab->ba": ("A.T", lambda A: A.T),
    "abc->acb": ("A.mT", lambda A: A.mT),
    "aa->": ("torch.trace(A)", torch.trace),
    "aa->a": ("torch.diagonal(A)", torch.diagonal),
    "a,a->": ("torch.dot(A, B)", torch.dot),
    "a,a->a": ("A * B", torch.mul),
    "a,b->ab": ("torch.outer(A, B)", torch.outer),
    "ab,b->a": ("A @ B", torch.matmul),
    "a,ab->b": ("A @ B", torch.matmul),
    "ab,bc->ac": ("A @ B", torch.matmul),
    "ab,cb->ac": ("A @ B.T", lambda A, B: A @ B.T),
    "ab,ac->bc": ("A.T @ B", lambda A, B: A.T @ B),
    "ab,b->ab": ("A * B", torch.mul),
    "ab,a->ab": ("A * B[:, None]", lambda A, B: A * B[:, None]),
    "ab,ab->ab": ("A * B", torch.mul),
    "ab,ab->": ("(A * B).sum()", lambda A, B: (A * B).sum()),
    "ab,ab->a": ("(A * B).sum(dim=1)", lambda A, B: (A * B).sum(dim=1)),
    "abc,acd->abd": ("torch.bmm(A, B)", torch.bmm),
    "abc,adc->abd": ("torch.bmm(A, B.mT)", lambda A, B: torch.bmm(A, B.mT)),
    "abc,cd->abd": ("A @ B", torch.matmul),
    "abcd,abde->abce": ("A @ B", torch.matmul),
    "abcd,abed->abce": ("A @ B.mT", lambda A, B: A @ B.mT),
    "ab,bc,cd->ad": ("A @ B @ C", lambda A, B, C: A @ B @ C),
    "a,ab,b->": ("A @ B @ C", lambda A, B, C: A @ B @ C),
}
