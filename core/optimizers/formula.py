"""Formulas in x and y: a tokenizer, a recursive-descent parser, and forward-mode derivatives.

A formula is never passed to Python's own parser or to `eval`: only the rules below accept it.

    sum      = product (("+" | "-") product)*
    product  = sign (("*" | "/") sign)*
    sign     = ("+" | "-") sign | power
    power    = atom [("^" | "**") sign]        the exponent is a constant
    atom     = number | "x" | "y" | "pi" | "e" | function "(" sum ")" | "(" sum ")"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.errors import InputError
from core.plain_checks import short

LONGEST = 200  # characters
DEEPEST = 30  # nested parentheses, signs and exponents
HIGHEST = 16  # absolute value of an exponent

NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
TOKEN = re.compile(rf"\s*({NUMBER}|[A-Za-z_]+|\*\*|[-+*/^()])")
CONSTANTS = {"pi": math.pi, "e": math.e}


class Dual(NamedTuple):
    """A value with its derivatives by x and by y: floats, or tensors of one shape."""

    value: Any
    dx: Any
    dy: Any


Function = Callable[[Any, Any], Dual]


class Rule(NamedTuple):
    """A function f(u) on floats and on tensors, and its derivative from u and f(u)."""

    on_float: Callable[[float], float]
    on_tensor: Callable[[Tensor], Tensor]
    derivative: Callable[[Any, Any], Any]


def _apply(name: str, u: Any) -> Any:
    rule = RULES[name]
    return rule.on_tensor(u) if isinstance(u, Tensor) else rule.on_float(u)


def _sign(u: Any, _f: Any) -> Any:
    return torch.sign(u) if isinstance(u, Tensor) else float((u > 0) - (u < 0))


RULES = {
    "sin": Rule(math.sin, torch.sin, lambda u, _f: _apply("cos", u)),
    "cos": Rule(math.cos, torch.cos, lambda u, _f: -_apply("sin", u)),
    "tan": Rule(math.tan, torch.tan, lambda _u, f: 1 + f * f),
    "tanh": Rule(math.tanh, torch.tanh, lambda _u, f: 1 - f * f),
    "exp": Rule(math.exp, torch.exp, lambda _u, f: f),
    "log": Rule(math.log, torch.log, lambda u, _f: 1 / u),
    "sqrt": Rule(math.sqrt, torch.sqrt, lambda _u, f: 0.5 / f),
    "abs": Rule(abs, torch.abs, _sign),
}


def parse(text: str) -> Function:
    """Return the function (x, y) → (value, ∂/∂x, ∂/∂y) that a formula describes.

    On floats it raises ArithmeticError or ValueError outside the formula's domain; on tensors it
    gives NaN or infinity there.

    Raises:
        InputError: for anything that is not arithmetic on x and y, and for a formula that is
            longer, deeper or of a higher exponent than `LONGEST`, `DEEPEST` and `HIGHEST`.
    """
    if not isinstance(text, str) or len(text) > LONGEST or not text.strip():
        raise InputError(
            "The formula must be a text of 1 to {most} characters; got {got}.",
            most=LONGEST,
            got=short(text),
        )
    parser = _Parser(_tokens(text))
    function = parser.sum()
    if parser.current:
        raise _unexpected(parser.current)
    return function


def _tokens(text: str) -> list[str]:
    found, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = TOKEN.match(text, place)
        if match is None:
            raise _unexpected(text[place:end].strip()[:1])
        found.append(match[1])
        place = match.end()
    return found


def _unexpected(token: str) -> InputError:
    return InputError(
        "The formula must be arithmetic on x and y, such as x^2 + 3*y^2; got an unexpected {got}.",
        got=repr(token) if token else "end",
    )


class _Parser:
    """Turns tokens into functions; every method consumes one rule of the grammar."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    @property
    def current(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        """Consume and return the current token if it is one of `wanted`; else return ""."""
        token = self.current
        if token not in wanted or not token:
            return ""
        self.place += 1
        return token

    def sum(self) -> Function:
        left = self.product()
        while operator := self.take("+", "-"):
            left = _add(left, self.product(), 1.0 if operator == "+" else -1.0)
        return left

    def product(self) -> Function:
        left = self.sign()
        while operator := self.take("*", "/"):
            left = (_multiply if operator == "*" else _divide)(left, self.sign())
        return left

    def sign(self) -> Function:
        self.depth += 1
        if self.depth > DEEPEST:
            raise InputError("The formula must be nested at most {most} deep.", most=DEEPEST)
        operator = self.take("+", "-")
        if operator:
            inner = self.sign()
            result = inner if operator == "+" else _add(_constant(0.0), inner, -1.0)
        else:
            result = self.power()
        self.depth -= 1
        return result

    def power(self) -> Function:
        base = self.atom()
        if not self.take("^", "**"):
            return base
        before = self.place
        exponent = self.sign()
        if {"x", "y"} & set(self.tokens[before : self.place]):
            raise InputError("An exponent in the formula must be a number, without x or y.")
        try:
            n = float(exponent(0.0, 0.0).value)
        except (ArithmeticError, ValueError):
            n = math.nan
        if not abs(n) <= HIGHEST:
            raise InputError("An exponent must lie in [-{most}, {most}].", most=HIGHEST)
        return _power(base, n)

    def atom(self) -> Function:
        token = self.current
        self.place += 1
        if token == "x":
            return lambda x, _y: Dual(x, 1.0, 0.0)
        if token == "y":
            return lambda _x, y: Dual(y, 0.0, 1.0)
        if token in CONSTANTS:
            return _constant(CONSTANTS[token])
        if token[:1].isdigit() or token[:1] == ".":
            return _constant(float(token))
        name = token if token in RULES else ""
        if (not name and token != "(") or (name and not self.take("(")):
            raise _unexpected(self.current if name else token)
        inner = self.sum()
        if not self.take(")"):
            raise _unexpected(self.current)
        return _call(name, inner) if name else inner


def _constant(value: float) -> Function:
    dual = Dual(value, 0.0, 0.0)
    return lambda _x, _y: dual


def _add(left: Function, right: Function, sign: float) -> Function:
    def add(x: Any, y: Any) -> Dual:
        a, b = left(x, y), right(x, y)
        return Dual(a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2])

    return add


def _multiply(left: Function, right: Function) -> Function:
    def multiply(x: Any, y: Any) -> Dual:
        (a, ax, ay), (b, bx, by) = left(x, y), right(x, y)
        return Dual(a * b, ax * b + a * bx, ay * b + a * by)

    return multiply


def _divide(left: Function, right: Function) -> Function:
    def divide(x: Any, y: Any) -> Dual:
        (a, ax, ay), (b, bx, by) = left(x, y), right(x, y)
        f = a / b
        return Dual(f, (ax - f * bx) / b, (ay - f * by) / b)

    return divide


def _power(base: Function, n: float) -> Function:
    def power(x: Any, y: Any) -> Dual:
        u, ux, uy = base(x, y)
        # Python's ** gives a complex number for a negative base; math.pow raises ValueError.
        raised = torch.pow if isinstance(u, Tensor) else math.pow
        slope = n * raised(u, n - 1) if n else 0.0
        return Dual(raised(u, n), slope * ux, slope * uy)

    return power


def _call(name: str, inner: Function) -> Function:
    derivative = RULES[name].derivative

    def call(x: Any, y: Any) -> Dual:
        u, ux, uy = inner(x, y)
        f = _apply(name, u)
        slope = derivative(u, f)
        return Dual(f, slope * ux, slope * uy)

    return call
