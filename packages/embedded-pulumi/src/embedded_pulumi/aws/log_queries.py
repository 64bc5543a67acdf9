"""What CloudWatch makes of logs: metrics by filters, and saved queries."""

from __future__ import annotations

import re

from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import NumberText, Text
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, ListOf, MapOf, request, response
from embedded_pulumi.provider import CheckFailure, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties

_GROUP = Text(required=True, force_new=True, max_length=512, pattern=r"[0-9A-Za-z_./#-]+", aws="logGroupName")
_BYTES = [f"{size}{unit}" for unit in ("bytes", "bits") for size in ("", "Kilo", "Mega", "Giga", "Tera")]
_SIZES = tuple(each.capitalize() for each in _BYTES)
_UNITS = (
    *("Seconds", "Microseconds", "Milliseconds", *_SIZES, "Percent", "Count"),
    *(f"{unit}/Second" for unit in (*_SIZES, "Count")),
    "None",
)


def _of_metric(aws: str) -> Text:
    """The name or the namespace of a metric."""
    accepts = "no colons, stars and dollar signs"
    return Text(required=True, max_length=255, pattern="[^:*$]*", accepts=accepts, aws=aws)


_TRANSFORMATION = Block(
    required=True,
    fields={
        "defaultValue": NumberText(aws="defaultValue"),
        "dimensions": MapOf(aws="dimensions"),
        "name": _of_metric("metricName"),
        "namespace": _of_metric("metricNamespace"),
        "unit": Text(default="None", one_of=_UNITS, aws="unit"),
        "value": Text(required=True, max_length=100, aws="metricValue"),
    },
)


class LogMetricFilter(ResourceType):
    """A filter that makes a metric of a log group's events. Its name is its id.

    Source: terraform-provider-aws/internal/service/logs/metric_filter.go (0f14e6f61f91, 2026), read on 2026-11-30.
    """

    type_ = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    inputs = {
        "logGroupName": _GROUP,
        "metricTransformation": _TRANSFORMATION,
        "name": Text(force_new=True, max_length=512, pattern="[^:*]*", accepts="no colons and stars", aws="filterName"),
        "pattern": Text(required=True, max_length=1024, canonical=str.strip, aws="filterPattern"),
    }
    unsupported = ("applyOnTransformedLogs",)
    name = AutoName(unless=())

    def check(self, inputs: Properties) -> list[CheckFailure]:
        """What CloudWatch refuses of a metric. Source: API PutMetricFilter, MetricTransformation."""
        metric = inputs["metricTransformation"]
        if metric is UNKNOWN or not metric.get("dimensions") or metric.get("defaultValue") in (None, ""):
            return []
        return [CheckFailure("metricTransformation.defaultValue", "conflicts with dimensions")]

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props)
        return str(props["name"])

    def _put(self, aws: Session, props: Properties) -> None:
        asked = request(self.inputs, props, ("logGroupName", "name"))
        metric = _TRANSFORMATION.to_aws(props["metricTransformation"])
        aws.logs.put_metric_filter(**asked, filterPattern=props["pattern"], metricTransformations=[metric])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        group, name = (state["logGroupName"], id_) if state.get("logGroupName") else self._parts(id_)
        found = unless_gone(aws.logs.describe_metric_filters, logGroupName=group, filterNamePrefix=name) or {}
        return next((each for each in found.get("metricFilters", ()) if each["filterName"] == name), None)

    def _parts(self, id_: str) -> tuple[str, str]:
        group, _, name = id_.partition(":")
        if not group or not name or ":" in name:
            raise ProviderError(f"{id_!r} is not a metric filter's import id; accepted: <log group>:<filter>")
        return group, name

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        metric = _TRANSFORMATION.from_aws(found["metricTransformations"][0])
        told = response(self.inputs, found, ("logGroupName", "name"))
        pattern = found.get("filterPattern", "")
        return {"id": found["filterName"], "metricTransformation": metric, "pattern": pattern, **told}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._put(aws, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.logs.delete_metric_filter(filterName=id_, logGroupName=state["logGroupName"])


class QueryDefinition(ResourceType):
    """A saved query.

    Source: terraform-provider-aws/internal/service/logs/query_definition.go (0ac6a8e1d84d, 2025), read on 2026-11-30.
    """

    type_ = "aws:cloudwatch/queryDefinition:QueryDefinition"
    inputs = {
        "logGroupNames": ListOf(item=Text(max_length=512, pattern=r"[0-9A-Za-z_./#-]+"), aws="logGroupNames"),
        "name": Text(
            min_length=1,
            max_length=255,
            pattern=r"([^:*/]+/?)*[^:*/]+",
            accepts="no colons and stars, and a slash only between others",
            aws="name",
        ),
        "queryString": Text(required=True, aws="queryString"),
    }
    outputs = ("arn", "queryDefinitionId")
    name = AutoName(unless=())

    def create(self, aws: Session, props: Properties) -> str:
        return str(aws.logs.put_query_definition(**request(self.inputs, props))["queryDefinitionId"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        named = [each for each in self._all(aws, props["name"]) if each["name"] == props["name"]]
        return str(named[0]["queryDefinitionId"]) if named else None

    def _all(self, aws: Session, prefix: str) -> list[Description]:
        """The saved queries whose names begin with a prefix, page by page: boto3 has no paginator for them."""
        asked = {"queryDefinitionNamePrefix": prefix} if prefix else {}
        found: list[Description] = []
        while True:
            page = aws.logs.describe_query_definitions(**asked)
            found += page["queryDefinitions"]
            if not page.get("nextToken"):
                return found
            asked["nextToken"] = page["nextToken"]

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        wanted = id_ if state else self._of_arn(id_)
        found = self._all(aws, state.get("name", ""))
        return next((each for each in found if each["queryDefinitionId"] == wanted), None)

    def _of_arn(self, id_: str) -> str:
        match = re.fullmatch(r"arn:[^:]+:logs:[^:]*:[^:]*:query-definition:([0-9a-fA-F-]{36})", id_)
        if not match:
            raise ProviderError(f"{id_!r} is not a query definition's import id; accepted: its ARN")
        return match[1]

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        own = found["queryDefinitionId"]
        told = response(self.inputs, found)
        return {"id": own, "arn": aws.arn("logs", f"query-definition:{own}"), "queryDefinitionId": own, **told}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        aws.logs.put_query_definition(queryDefinitionId=id_, **request(self.inputs, change.new))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.logs.delete_query_definition(queryDefinitionId=id_)


TYPES = (LogMetricFilter, QueryDefinition)
