"""CloudWatch's dashboards, and log streams as resources of their own."""

from __future__ import annotations

from embedded_pulumi.aws.documents import JsonText
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties


class Dashboard(ResourceType):
    """A dashboard; its name is its id.

    Source: terraform-provider-aws/internal/service/cloudwatch/dashboard.go (0620f2a6a126, 2025), read on 2026-11-30.
    """

    type_ = "aws:cloudwatch/dashboard:Dashboard"
    inputs = {
        "dashboardBody": JsonText(required=True),
        "dashboardName": Text(required=True, force_new=True, max_length=255, pattern="[0-9A-Za-z_-]+"),
    }
    outputs = ("dashboardArn",)

    def _put(self, aws: Session, props: Properties) -> None:
        aws.cloudwatch.put_dashboard(DashboardName=props["dashboardName"], DashboardBody=props["dashboardBody"])

    def create(self, aws: Session, props: Properties) -> str:
        self._put(aws, props)
        return str(props["dashboardName"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        return str(props["dashboardName"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.cloudwatch.get_dashboard, DashboardName=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {
            "dashboardArn": found["DashboardArn"],
            "dashboardBody": found["DashboardBody"],
            "dashboardName": found["DashboardName"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        self._put(aws, change.new)

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.cloudwatch.delete_dashboards(DashboardNames=[id_])


class LogStream(ResourceType):
    """A log stream; its name is its id.

    Source: terraform-provider-aws/internal/service/logs/stream.go (1468653aa61d), read on 2026-11-30.
    """

    type_ = "aws:cloudwatch/logStream:LogStream"
    inputs = {
        "logGroupName": Text(required=True, force_new=True),
        "name": Text(force_new=True, min_length=1, max_length=512, pattern="[^:]*", accepts="no colons"),
    }
    outputs = ("arn",)
    name = AutoName(max_length=512, unless=())

    def create(self, aws: Session, props: Properties) -> str:
        aws.logs.create_log_stream(logGroupName=props["logGroupName"], logStreamName=props["name"])
        return str(props["name"])

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        group, name = (state["logGroupName"], id_) if state.get("logGroupName") else self._parts(id_)
        found = unless_gone(aws.logs.describe_log_streams, logGroupName=group, logStreamNamePrefix=name)
        streams = (found or {}).get("logStreams", ())  # sorted by their names: the first one is the one
        return next(({**each, "group": group} for each in streams if each["logStreamName"] == name), None)

    def _parts(self, id_: str) -> tuple[str, str]:
        group, _, name = id_.partition(":")
        if not group or not name or ":" in name:
            raise ProviderError(f"{id_!r} is not the import id of a log stream; accepted: <log group>:<log stream>")
        return group, name

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        name = found["logStreamName"]
        return {"id": name, "arn": found["arn"], "logGroupName": found["group"], "name": name}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.logs.delete_log_stream(logGroupName=state["logGroupName"], logStreamName=id_)


TYPES = (Dashboard, LogStream)
