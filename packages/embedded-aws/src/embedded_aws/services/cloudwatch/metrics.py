"""Metric data in cloud time: what PutMetricData stores, and how it is read back.

moto keeps the data; reading it is done here, because moto stamps data without a time by the wall clock, counts periods
from the start of the query, takes a metric without dimensions for the sum of all, and has no percentiles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from moto.backends import get_backend
from moto.core.exceptions import ServiceException

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.cloudwatch import statistics
from embedded_aws.services.cloudwatch.expressions import Series, evaluate
from embedded_aws.services.cloudwatch.requests import begin, check_queries
from embedded_aws.services.cloudwatch.statistics import Sample
from embedded_aws.services.cloudwatch.times import aligned, aware, naive

RESERVED_NAMESPACE = "AWS/"
_PAGE = 500  # metrics that one ListMetrics answer holds
_MOST_STATISTICS = 1_440  # datapoints that GetMetricStatistics answers with (its reference)
_MOST_DATA = 100_800  # datapoints that GetMetricData answers with; AWS goes on with a NextToken


@dataclass(frozen=True)
class MetricKey:
    """A metric's identity: another set of dimensions is another metric."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Mapping[str, str]]) -> MetricKey:
        """From boto3's shapes."""
        return cls(namespace, name, frozenset((each["Name"], each["Value"]) for each in dimensions))


Windows: TypeAlias = Callable[[timedelta], Sequence[datetime]]
"""A period to the beginnings of the windows, of that length, that are asked about; at least one."""

_Index: TypeAlias = dict[MetricKey, list[Sample]]


class MetricSource(Protocol):
    """Metric data that is made when somebody asks for it."""

    def metrics(self, region: str) -> Iterable[MetricKey]:
        """Every metric that it has."""

    def samples(self, region: str, metric: MetricKey, start: datetime, end: datetime) -> Iterable[Sample]:
        """The data of one metric with start <= time < end; nothing for a metric of others."""


class MetricStore:
    """The metric data of one account."""

    def __init__(self, account: str, lock: AbstractContextManager[Any]) -> None:
        self._account = account
        self._lock = lock
        self._indexes: dict[str, tuple[int, _Index]] = {}
        self._sources: list[MetricSource] = []

    def add_source(self, source: MetricSource) -> None:
        """Have metric data from there too."""
        self._sources.append(source)

    def routes(self) -> Routes:
        """The calls on metric data, answered here."""
        handlers: dict[str, Callable[[Call], dict[str, Any]]] = {
            "PutMetricData": self._put_metric_data,
            "GetMetricData": self._get_metric_data,
            "GetMetricStatistics": self._get_metric_statistics,
            "ListMetrics": self._list_metrics,
        }
        return {("cloudwatch", action): handler for action, handler in handlers.items()}

    def put(
        self,
        region: str,
        values: Mapping[str, tuple[float, str]],
        *,
        namespace: str,
        dimensions: Mapping[str, str],
        when: datetime,
    ) -> None:
        """Store a sample of each metric, as `put_metrics` does."""
        with self._lock:
            put_metrics(self._account, region, values, namespace=namespace, dimensions=dimensions, when=when)

    def samples(
        self, region: str, metric: MetricKey, start: datetime, end: datetime, unit: str | None = None
    ) -> list[Sample]:
        """The data of one metric with start <= time < end, of one unit if given."""
        with self._lock:
            stored = [each for each in self._index(region).get(metric, []) if start <= each.time < end]
            made = [each for source in self._sources for each in source.samples(region, metric, start, end)]
        return [each for each in stored + made if unit in {None, each.unit}]

    def query(self, region: str, queries: Sequence[Mapping[str, Any]], windows: Windows) -> dict[str, Series]:
        """Answer MetricDataQueries: each query's id to its series.

        Args:
            region: Where the metrics are.
            queries: In boto3's shape; an expression may use the queries before it.
            windows: The windows of a period that are asked about.

        Raises:
            AwsError: a statistic, function or kind of query that is not supported, by name.
        """
        answers: dict[str, Series] = {}
        for each in queries:
            if "MetricStat" in each:
                answers[each["Id"]] = self._metric_stat(region, each["MetricStat"], windows)
        for each in queries:
            if "MetricStat" not in each:
                answers[each["Id"]] = evaluate(each["Expression"], answers, windows(common_period(queries)))
        return answers

    def _metric_stat(self, region: str, stat: Mapping[str, Any], windows: Windows) -> Series:
        """A statistic for each window that has data."""
        statistics.check(stat["Stat"])
        asked, period = stat["Metric"], timedelta(seconds=stat["Period"])
        metric = MetricKey.of(asked["Namespace"], asked["MetricName"], asked.get("Dimensions", []))
        starts = windows(period)
        samples = self.samples(region, metric, min(starts), max(starts) + period, stat.get("Unit"))
        values = {
            start: statistics.compute(stat["Stat"], [each for each in samples if start <= each.time < start + period])
            for start in starts
        }
        return {start: value for start, value in values.items() if value is not None}

    def _put_metric_data(self, call: Call) -> dict[str, Any]:
        namespace = call.params["Namespace"]
        if namespace.startswith(RESERVED_NAMESPACE):
            raise AwsError(
                "InvalidParameterValue", f"The value {RESERVED_NAMESPACE} for parameter Namespace is invalid."
            )
        data = [
            {**each, "Timestamp": naive(each.get("Timestamp") or call.time)}
            for each in call.params.get("MetricData", [])
        ]
        try:
            with self._lock:
                self._backend(call.region).put_metric_data(namespace, data)
        except ServiceException as error:
            raise AwsError(error.code, error.message) from error
        return {}

    def _get_metric_data(self, call: Call) -> dict[str, Any]:
        params = call.params
        queries = params["MetricDataQueries"]
        check_queries(queries)
        answers = self.query(call.region, queries, _whole_periods(params, _MOST_DATA))
        newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        shown = [each for each in queries if each.get("ReturnData", True)]
        return {
            "MetricDataResults": [_result(each, answers[each["Id"]], newest_first=newest_first) for each in shown],
            "Messages": [],
        }

    def _get_metric_statistics(self, call: Call) -> dict[str, Any]:
        params = call.params
        plain, extended = params.get("Statistics", []), params.get("ExtendedStatistics", [])
        if not plain and not extended:
            raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
        metric = {name: params[name] for name in ("Namespace", "MetricName", "Dimensions") if name in params}
        common = {"Metric": metric, "Period": params["Period"], "Unit": params.get("Unit")}
        windows = _whole_periods(params, _MOST_STATISTICS)
        series = {
            name: self._metric_stat(call.region, {**common, "Stat": name}, windows) for name in [*plain, *extended]
        }
        starts = sorted({start for one in series.values() for start in one})
        points = [_datapoint(start, series, extended, params.get("Unit")) for start in starts]
        return {"Label": params["MetricName"], "Datapoints": points}

    def _list_metrics(self, call: Call) -> dict[str, Any]:
        params = call.params
        with self._lock:
            made = [each for source in self._sources for each in source.metrics(call.region)]
            metrics = [each for each in [*self._index(call.region), *made] if _is_asked_for(each, params)]
        first = begin(params)
        shown = [
            {
                "Namespace": each.namespace,
                "MetricName": each.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(each.dimensions)],
            }
            for each in metrics[first : first + _PAGE]
        ]
        page: dict[str, Any] = {"Metrics": shown}
        return {**page, "NextToken": str(first + _PAGE)} if len(metrics) > first + _PAGE else page

    def _index(self, region: str) -> _Index:
        """The stored data by metric. A list of moto's only grows, so what is indexed stays; a shorter one is new."""
        data = self._backend(region).metric_data
        done, index = self._indexes.get(region, (0, defaultdict(list)))
        if done > len(data):
            done, index = 0, defaultdict(list)
        for datum in data[done:]:
            dimensions = frozenset((each.name, each.value) for each in datum.dimensions)
            index[MetricKey(datum.namespace, datum.name, dimensions)].append(_sample_of(datum))
        self._indexes[region] = (len(data), index)
        return index

    def _backend(self, region: str) -> Any:
        return get_backend("cloudwatch")[self._account][region]


def put_metrics(
    account: str,
    region: str,
    values: Mapping[str, tuple[float, str]],
    *,
    namespace: str,
    dimensions: Mapping[str, str],
    when: datetime,
) -> None:
    """Record one sample of each metric, as AWS's own services do: PutMetricData refuses their namespaces, `AWS/...`.

    Args:
        account: The account that owns the metrics.
        region: The region they are in.
        values: Metric name to its value and CloudWatch's name of the unit, such as `Count` or `Milliseconds`.
        namespace: Such as `AWS/Lambda`.
        dimensions: Such as `FunctionName` to its value.
        when: Cloud time of what was measured.
    """
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    samples = [
        {"MetricName": name, "Value": value, "Unit": unit, "Timestamp": naive(when), "Dimensions": named}
        for name, (value, unit) in values.items()
    ]
    get_backend("cloudwatch")[account][region].put_metric_data(namespace, samples)


def _whole_periods(params: Mapping[str, Any], most: int) -> Windows:
    """The windows that a read with StartTime and EndTime asks about: whole periods since 1970, as CloudWatch rounds.

    Args:
        params: The read's.
        most: How many datapoints of one metric it may ask for.
    """
    start, end = aware(params["StartTime"]), aware(params["EndTime"])
    if start >= end:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")

    def windows(period: timedelta) -> list[datetime]:
        if (end - start) / period > most:
            asked = (
                f"You have requested up to {(end - start) // period:,} datapoints, which exceeds the limit of {most:,}."
            )
            advice = "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
            raise AwsError("InvalidParameterCombination", f"{asked} {advice}")
        first = aligned(start, period)
        return [first + period * number for number in range(-((first - end) // period))]

    return windows


def common_period(queries: Sequence[Mapping[str, Any]]) -> timedelta:
    """The period that an expression's queries share.

    Raises:
        AwsError: they have several, or none: bringing them together is not part of the embedded CloudWatch.
    """
    periods = {each["MetricStat"]["Period"] for each in queries if "MetricStat" in each}
    periods |= {each["Period"] for each in queries if each.get("Period")}
    if len(periods) != 1:
        found = sorted(periods) or "none"
        raise AwsError("ValidationError", f"an expression needs queries of one period here; found: {found}")
    return timedelta(seconds=periods.pop())


def _result(query: Mapping[str, Any], series: Series, *, newest_first: bool) -> dict[str, Any]:
    times = sorted(series, reverse=newest_first)
    name = query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
    return {
        "Id": query["Id"],
        "Label": query.get("Label", name),
        "Timestamps": times,
        "Values": [series[time] for time in times],
        "StatusCode": "Complete",
    }


def _datapoint(
    start: datetime, series: Mapping[str, Series], extended: Sequence[str], unit: str | None
) -> dict[str, Any]:
    values = {name: one[start] for name, one in series.items() if start in one}
    point: dict[str, Any] = {"Timestamp": start, "Unit": unit or "None"}
    point.update({name: value for name, value in values.items() if name not in extended})
    if extended:
        point["ExtendedStatistics"] = {name: values[name] for name in extended if name in values}
    return point


def _is_asked_for(metric: MetricKey, params: Mapping[str, Any]) -> bool:
    named = dict(metric.dimensions)
    return (
        params.get("Namespace") in {None, metric.namespace}
        and params.get("MetricName") in {None, metric.name}
        and all(
            each["Name"] in named and each.get("Value") in {None, named[each["Name"]]}
            for each in params.get("Dimensions", [])
        )
    )


def _sample_of(datum: Any) -> Sample:
    when = aware(datum.timestamp)
    if hasattr(datum, "value"):
        return Sample(when, datum.value, datum.value, datum.value, 1, datum.unit)
    return Sample(when, datum.min, datum.max, datum.sum, datum.sample_count, datum.unit)
