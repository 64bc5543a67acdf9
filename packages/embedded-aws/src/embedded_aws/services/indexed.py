"""moto's backends with look-ups in place of its scans, so that a call costs the same however much there is.

moto keeps what it has in dictionaries, and all the same goes through all of it for one role or one parameter. Each
class here is moto's backend of one service with other ways to find things in the methods that a deployment calls most;
the answers are moto's. EC2 has a module of its own.

Slow to import, as moto's services are: `install` is called when the first request comes.

Source: https://github.com/getmoto/moto/tree/5.2.5/moto, iam/models.py, logs/models.py and ssm/models.py; read
2026-11-30.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.logs.models import LogGroup, LogsBackend, logs_backends
from moto.logs.utils import PAGINATION_MODEL
from moto.ssm.models import Parameter, SimpleSystemManagerBackend, ssm_backends
from moto.utilities.paginator import paginate

from embedded_aws.services.ec2.indexed import IndexedEc2


def install() -> None:
    """Have moto make its backends of these kinds from now on; call it before moto makes the first one."""
    ec2_backends.backend = IndexedEc2
    iam_backends.backend = IndexedIam
    logs_backends.backend = IndexedLogs
    ssm_backends.backend = IndexedSsm


class IndexedIam(IAMBackend):
    """IAM in one partition, which finds a role by its name."""

    __module__ = IAMBackend.__module__  # moto looks for the service's URLs beside it

    def __init__(self, region_name: str, account_id: str) -> None:
        self._role_ids: dict[str, str] = {}
        super().__init__(region_name, account_id)

    def create_role(self, *args: Any, **kwargs: Any) -> Role:
        """Make a role."""
        role = super().create_role(*args, **kwargs)
        self._role_ids[role.name] = role.id
        return role

    def get_role(self, role_name: str) -> Role:
        """The role with this name. Raises NotFoundException: there is none."""
        return self.roles.get(self._role_ids.get(role_name, "")) or super().get_role(role_name)

    def delete_role(self, role_name: str) -> None:
        """Delete a role, unless it is in use."""
        super().delete_role(role_name)
        self._role_ids.pop(role_name, None)


class ByName(dict[str, Any]):
    """Things by their names, which are kept in order."""

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []

    def __setitem__(self, name: str, thing: Any) -> None:
        """Put one in."""
        if name not in self:
            insort(self._names, name)
        super().__setitem__(name, thing)

    def __delitem__(self, name: str) -> None:
        """Take one out. Raises KeyError: there is none of this name."""
        super().__delitem__(name)
        del self._names[bisect_left(self._names, name)]

    def beginning(self, prefix: str) -> Iterator[Any]:
        """Those whose names begin with a text, in the order of their names."""
        for place in range(bisect_left(self._names, prefix), len(self._names)):
            if not self._names[place].startswith(prefix):
                return
            yield self[self._names[place]]


class IndexedLogs(LogsBackend):
    """CloudWatch Logs in one region, which finds log groups by the beginning of their names."""

    __module__ = LogsBackend.__module__

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.groups: ByName = ByName()

    @paginate(pagination_model=PAGINATION_MODEL)
    def describe_log_groups(self, log_group_name_prefix: str | None = None) -> list[LogGroup]:
        """The log groups whose names begin with a text."""
        return list(self.groups.beginning(log_group_name_prefix or ""))


class IndexedSsm(SimpleSystemManagerBackend):
    """Systems Manager in one region, which finds a parameter by its name."""

    __module__ = SimpleSystemManagerBackend.__module__

    def describe_parameters(
        self, filters: list[dict[str, Any]], parameter_filters: list[dict[str, Any]]
    ) -> list[Parameter]:
        """The parameters that match each filter; of all of them only where no filter says their names."""
        named = next((each for each in parameter_filters or () if _says_names(each)), None)
        if named is None or filters:
            return super().describe_parameters(filters, parameter_filters)
        self._validate_parameter_filters(parameter_filters, by_path=False)
        found = [self.get_parameter(name) for name in _spellings(named["Values"]) if name in self._parameters]
        return [each for each in found if each is not None and self._match_filters(each, parameter_filters)]


def _says_names(wanted: Mapping[str, Any]) -> bool:
    return wanted["Key"] == "Name" and wanted.get("Option", "Equals") == "Equals" and bool(wanted.get("Values"))


def _spellings(names: Sequence[str]) -> Iterable[str]:
    """Names with and without a slash before them: for a filter, both are the same."""
    bare = [each.lstrip("/") for each in names]
    return dict.fromkeys(spelled for each in bare for spelled in (each, f"/{each}"))
