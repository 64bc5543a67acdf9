"""What is corrected of services that are moto's, and need nothing of this cloud's other parts."""

from __future__ import annotations

from embedded_aws.calls import Routes
from embedded_aws.services import backup_plans, metric_filters, records, s3, secret_values, tables, web_acls
from embedded_aws.services.databases import Databases
from embedded_aws.services.identities import Identities
from embedded_aws.services.query_definitions import QueryDefinitions
from embedded_aws.services.queues import Queues


def corrections() -> list[Routes]:
    """The calls of all of them."""
    return [
        s3.routes(),
        Identities().routes(),
        Queues().routes(),
        metric_filters.routes(),
        QueryDefinitions().routes(),
        Databases().routes(),
        web_acls.routes(),
        backup_plans.routes(),
        records.routes(),
        secret_values.routes(),
        tables.routes(),
    ]
