"""Whether flow logs can be delivered. moto decides it when one is made, and knows no log group by its ARN.

Source: EC2 API reference, FlowLog: DeliverLogsStatus (`SUCCESS | FAILED`), DeliverLogsErrorMessage ("Access error").
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend

from embedded_aws.calls import Call, Routes


def routes() -> Routes:
    """The call that this part answers."""
    return {("ec2", "DescribeFlowLogs"): _describe}


def _describe(call: Call) -> dict[str, Any]:
    answer = call.forward()
    groups = get_backend("logs")[call.caller.account][call.region].groups
    for told in answer["FlowLogs"]:
        named = told.get("LogGroupName") or told.get("LogDestination", "").partition(":log-group:")[2]
        if told.get("LogDestinationType") == "cloud-watch-logs":
            found = named.removesuffix(":*") in groups
            told["DeliverLogsStatus"] = "SUCCESS" if found else "FAILED"
            told.pop("DeliverLogsErrorMessage", None)
            if not found:
                told["DeliverLogsErrorMessage"] = "Access error"
    return answer
