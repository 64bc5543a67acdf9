"""Metric math: arithmetic, comparisons and the common functions on time series; anything else is refused by name.

A point of a result exists only where every series that it is made from has a point, except through FILL.

Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError

Series: TypeAlias = dict[datetime, float]
_Value: TypeAlias = float | Series | list[Series]
"""A scalar, a series, or an array of series."""


class _Scope:
    """What an expression may refer to: the other queries by id, and the windows that are asked about."""

    def __init__(self, series: Mapping[str, Series], starts: Sequence[datetime]) -> None:
        self.series = series
        self.starts = starts


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
    except SyntaxError as error:
        raise _unsupported(f"expression {expression!r}") from error
    value = _value(tree.body, _Scope(series, starts))
    if isinstance(value, list):
        raise AwsError("ValidationError", f"Expression {expression!r} yields several time series")
    return dict.fromkeys(starts, value) if isinstance(value, int | float) else value


def _value(node: ast.AST, scope: _Scope) -> _Value:
    handler = _NODES.get(type(node))
    if handler is None:
        raise _unsupported(f"{type(node).__name__} in an expression")
    return handler(node, scope)


def _constant(node: Any, _: _Scope) -> _Value:
    if not isinstance(node.value, int | float):
        raise _unsupported(f"the constant {node.value!r}")
    return float(node.value)


def _name(node: Any, scope: _Scope) -> _Value:
    if node.id not in scope.series:
        raise AwsError("ValidationError", f"The expression refers to {node.id}, which no query has as its id")
    return scope.series[node.id]


def _binary(node: Any, scope: _Scope) -> _Value:
    operation = _OPERATIONS.get(type(node.op))
    if operation is None:
        raise _unsupported(f"the operator {type(node.op).__name__}")
    return _combine(operation, _single(node.left, scope), _single(node.right, scope))


def _comparison(node: Any, scope: _Scope) -> _Value:
    if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARISONS:
        raise _unsupported("a comparison of this kind")
    relation = _COMPARISONS[type(node.ops[0])]
    return _combine(
        lambda left, right: float(relation(left, right)), _single(node.left, scope), _single(node.comparators[0], scope)
    )


def _negation(node: Any, scope: _Scope) -> _Value:
    if not isinstance(node.op, ast.USub):
        raise _unsupported(f"the operator {type(node.op).__name__}")
    return _map(operator.neg, _single(node.operand, scope))


def _array(node: Any, scope: _Scope) -> _Value:
    return [_as_series(_single(each, scope), scope) for each in node.elts]


def _call(node: Any, scope: _Scope) -> _Value:
    name = node.func.id if isinstance(node.func, ast.Name) else type(node.func).__name__
    function = _FUNCTIONS.get(name)
    if function is None or node.keywords:
        raise _unsupported(f"the function {name}")
    return function(node.args, scope)


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


def _divide(left: float, right: float) -> float | None:
    return left / right if right else None


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
        return _repeated(series, scope.starts)
    filler = _single(args[1], scope)
    return {start: series[start] if start in series else _at(filler, start) for start in scope.starts}


def _repeated(series: Series, starts: Sequence[datetime]) -> Series:
    filled: Series = {}
    last: float | None = None
    for start in sorted(starts):
        last = series.get(start, last)
        if last is not None:
            filled[start] = last
    return filled


def _if(args: list[ast.expr], scope: _Scope) -> _Value:
    condition = _as_series(_single(args[0], scope), scope)
    then, otherwise = (_single(each, scope) for each in args[1:3])
    chosen = {time: then if truth else otherwise for time, truth in condition.items()}
    return {time: _at(value, time) for time, value in chosen.items() if not isinstance(value, dict) or time in value}


def _metrics(_: list[ast.expr], scope: _Scope) -> _Value:
    return list(scope.series.values())


def _unsupported(what: str) -> AwsError:
    return AwsError("ValidationError", f"the embedded CloudWatch does not support {what}")


_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float | None]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
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
    "METRICS": _metrics,
}
_NODES: dict[type[ast.AST], Callable[[Any, _Scope], _Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.Compare: _comparison,
    ast.UnaryOp: _negation,
    ast.List: _array,
    ast.Call: _call,
}
