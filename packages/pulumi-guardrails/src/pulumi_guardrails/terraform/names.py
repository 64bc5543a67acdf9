"""Terraform's names for what Pulumi's AWS provider calls otherwise.

Pulumi's provider is made from Terraform's: its names are the same in another style, save for plurals of what may be
given several times, and for a few that Pulumi has chosen itself. A service that nobody has looked through for those is
refused: a scanner takes no notice of a name that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from embedded_pulumi.errors import UserError
from embedded_pulumi.services import SERVICES, modules

_PREFIXES = {**modules(), "ebs": "ebs_"}
"""Pulumi's module to what Terraform begins its types' names with, after `aws_`."""

_RENAMED: Mapping[str, Mapping[str, str]] = {name: each for row in SERVICES for name, each in row.renamed.items()}
"""Terraform's name of a type to what it calls properties otherwise."""

_TYPES = {"aws:lb/loadBalancer:LoadBalancer": "aws_lb"}
"""Types whose Terraform name does not follow from Pulumi's."""

_MAPS = frozenset({"dimensions", "inputPaths", "tags", "tagsAll", "variables"})
"""Objects whose keys are the user's: Terraform has them as they are, and every other object as a block."""


def terraform_type(token: str) -> str:
    """`aws_security_group`, for `aws:ec2/securityGroup:SecurityGroup`.

    Raises:
        UserError: Terraform's name for it is not known.
    """
    if token in _TYPES:
        return _TYPES[token]
    package, module, name = token.split(":")
    service = module.split("/", maxsplit=1)[0]
    if package != "aws" or service not in _PREFIXES:
        known = ", ".join(sorted(f"aws:{each}" for each in _PREFIXES))
        raise UserError(f"{token} has no name of Terraform's that is known here; accepted: resources of {known}")
    return f"aws_{_PREFIXES[service]}{_snake(name)}"


def terraform_property(type_: str, name: str) -> str:
    """Terraform's name for a property; `type_` is Terraform's, or empty within a block."""
    return _RENAMED.get(type_, {}).get(name) or _snake(name)


def is_map(name: str) -> bool:
    """Whether a property that is an object stays one; `name` is Pulumi's."""
    return name in _MAPS


def terraform_label(name: str) -> str:
    """A resource's name as an identifier of Terraform's."""
    return re.sub(r"\W", "_", name)


def _snake(name: str) -> str:
    """`cidrIpv4` is `cidr_ipv4`, `LogGroup` is `log_group`, `ebsOptimized` is `ebs_optimized`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
