"""Metric math: arithmetic, comparisons and the common functions on time series; anything else is refused by name.

A point of a result exists only where every series that it is made from has a point, except through FILL.

Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from embedded_aws.calls import AwsError

Series: TypeAlias = dict[datetime, float]
_Value: TypeAlias = float | Series | list[Series]
"""A scalar, a series, or an array of series."""


@dataclass(frozen=True)
class _Scope:
    """What an expression may refer to: the other queries by id, and the windows that are asked about."""

    series: Mapping[str, Series]
    starts: Sequence[datetime]


def evaluate(expression: str, series: Mapping[str, Series], starts: Sequence[datetime]) -> Series:
    """Work an expression out.

    Args:
        expression: Such as `errors / MAX([errors, invocations]) * 100`.
        series: The ids that it may use.
        starts: The windows asked about; FILL fills these.

    Raises:
        AwsError: an id that does not exist, or a function or syntax that is not supported.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
        value = _value(tree.body, _Scope(series, starts))
    except (SyntaxError, ValueError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        # Not an expression, too few arguments, a number that is none, or nested too deeply to be read.
        raise _unsupported(f"expression {expression!r}") from error
    if isinstance(value, list):
        raise AwsError("ValidationError", f"Expression {expression!r} yields several time series")
    return dict.fromkeys(starts, value) if isinstance(value, int | float) else value


def _value(node: ast.AST, scope: _Scope) -> _Value:  # noqa: PLR0911 - one for each kind of node
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in scope.series:
            return scope.series[name]
        case ast.Name(id=name):
            raise AwsError("ValidationError", f"The expression refers to {name}, which no query has as its id")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _combine(_OPERATIONS[type(op)], _single(left, scope), _single(right, scope))
        case ast.Compare():
            return _comparison(node, scope)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _map(operator.neg, _single(operand, scope))
        case ast.List(elts=elements):
            return [_as_series(_single(each, scope), scope) for each in elements]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](arguments, scope)
        case _:
            raise _unsupported(_described(node))


def _described(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=value):
            return f"the constant {value!r}"
        case ast.BinOp(op=op) | ast.UnaryOp(op=op):
            return f"the operator {type(op).__name__}"
        case ast.Call(func=function):
            return f"the function {function.id if isinstance(function, ast.Name) else type(function).__name__}"
        case _:
            return f"{type(node).__name__} in an expression"


def _comparison(node: ast.Compare, scope: _Scope) -> _Value:
    if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS:
        raise _unsupported("a comparison of this kind")
    relation = _COMPARISONS[type(node.ops[0])]
    return _combine(
        lambda left, right: float(relation(left, right)), _single(node.left, scope), _single(node.comparators[0], scope)
    )


def _single(node: ast.AST, scope: _Scope) -> float | Series:
    value = _value(node, scope)
    if isinstance(value, list):
        raise _unsupported("an array of time series where one is expected")
    return value


def _as_series(value: float | Series, scope: _Scope) -> Series:
    return value if isinstance(value, dict) else dict.fromkeys(scope.starts, value)


def _map(function: Callable[[float], float], value: float | Series) -> float | Series:
    if isinstance(value, dict):
        return {time: function(each) for time, each in value.items()}
    return function(value)


def _combine(
    function: Callable[[float, float], float | None], left: float | Series, right: float | Series
) -> float | Series:
    """Point by point; where the function has no result (a division by zero) there is no point."""
    if not isinstance(left, dict) and not isinstance(right, dict):
        result = function(left, right)
        return {} if result is None else result
    times = [set(side) for side in (left, right) if isinstance(side, dict)]
    points = {time: function(_at(left, time), _at(right, time)) for time in sorted(set.intersection(*times))}
    return {time: value for time, value in points.items() if value is not None}


def _at(value: float | Series, time: datetime) -> float:
    return value[time] if isinstance(value, dict) else value


def _elementwise(function: Callable[[float], float]) -> Callable[[list[ast.expr], _Scope], _Value]:
    return lambda args, scope: _map(function, _single(args[0], scope))


def _across(function: Callable[[list[float]], float]) -> Callable[[list[ast.expr], _Scope], _Value]:
    """Of one series: a scalar over its points. Of an array: a series over its members, where any has a point."""

    def apply(args: list[ast.expr], scope: _Scope) -> _Value:
        value = _value(args[0], scope)
        if isinstance(value, list):
            times = sorted({time for one in value for time in one})
            return {time: function([one[time] for one in value if time in one]) for time in times}
        points = list(value.values()) if isinstance(value, dict) else [value]
        return function(points) if points else {}

    return apply


def _fill(args: list[ast.expr], scope: _Scope) -> _Value:
    series = _as_series(_single(args[0], scope), scope)
    if isinstance(args[1], ast.Name) and args[1].id == "REPEAT":
        filled: Series = {}
        last: float | None = None
        for start in sorted(scope.starts):
            last = series.get(start, last)
            if last is not None:
                filled[start] = last
        return filled
    filler = _single(args[1], scope)
    return {start: series[start] if start in series else _at(filler, start) for start in scope.starts}


def _if(args: list[ast.expr], scope: _Scope) -> _Value:
    condition = _as_series(_single(args[0], scope), scope)
    then, otherwise = (_single(each, scope) for each in args[1:3])
    chosen = {time: then if truth else otherwise for time, truth in condition.items()}
    return {time: _at(value, time) for time, value in chosen.items() if not isinstance(value, dict) or time in value}


def _unsupported(what: str) -> AwsError:
    return AwsError("ValidationError", f"the embedded CloudWatch does not support {what}")


_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float | None]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right if right else None,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, Callable[[list[ast.expr], _Scope], _Value]] = {
    "ABS": _elementwise(abs),
    "CEIL": _elementwise(math.ceil),
    "FLOOR": _elementwise(math.floor),
    "SUM": _across(sum),
    "MIN": _across(min),
    "MAX": _across(max),
    "AVG": _across(lambda values: sum(values) / len(values)),
    "FILL": _fill,
    "IF": _if,
    "METRICS": lambda _, scope: list(scope.series.values()),
}
