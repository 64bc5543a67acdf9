"""Launch templates and launches.

moto writes a template's own tags into its data and always shows the first tags. It forgets SourceVersion, and keeps the
user data of later versions in a type that it does not accept itself.

Source: API CreateLaunchTemplate, CreateLaunchTemplateVersion, RunInstances.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from embedded_aws.calls import AwsError, Call, Routes
from embedded_aws.services.ec2 import images, store
from embedded_aws.services.ec2.launch_form import check_form

NAME = re.compile(r"[A-Za-z0-9()./_-]{3,128}")


CheckPlace: TypeAlias = Callable[[str, str | None, str, datetime, int], None]
"""Asked whether so many instances of a type may be launched: region, zone if one is named, type, cloud time, count."""


def routes(check_place: CheckPlace) -> Routes:
    """The calls that this part answers."""
    return {
        ("ec2", "CreateLaunchTemplate"): _create,
        ("ec2", "CreateLaunchTemplateVersion"): _create_version,
        ("ec2", "DescribeLaunchTemplates"): _describe,
        ("ec2", "RunInstances"): partial(_run_instances, check_place),
    }


def _create(call: Call) -> dict[str, Any]:
    if not NAME.fullmatch(call.params["LaunchTemplateName"]):
        message = (
            "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the "
            "following characters: - ( ) . / _."
        )
        raise AwsError("InvalidLaunchTemplateName.MalformedException", message)
    _check_data(call)
    images.register(call.region)
    result = call.forward()
    version = _template(call.region, result["LaunchTemplate"]["LaunchTemplateId"]).versions[0]
    wished = call.params["LaunchTemplateData"].get("TagSpecifications", [])
    version.data.pop("TagSpecifications", None)
    if wished:
        version.data["TagSpecifications"] = wished
    return result


def _create_version(call: Call) -> dict[str, Any]:
    """Lay the new data over the source version's, if one is named, and keep user data as moto wants it."""
    _check_data(call)
    _check_source(call)
    result = call.forward()
    made = result["LaunchTemplateVersion"]
    template = _template(call.region, made["LaunchTemplateId"])
    version = template.get_version(made["VersionNumber"])
    if source := call.params.get("SourceVersion"):
        version.data = {**template.get_version(source).data, **version.data}
    if isinstance(version.data.get("UserData"), str):
        from moto.core.types import Base64EncodedString  # noqa: PLC0415 - with moto's EC2, see `store`

        version.data["UserData"] = Base64EncodedString(version.data["UserData"])
    return result


def _check_data(call: Call) -> None:
    if not call.params.get("LaunchTemplateData"):
        raise AwsError("MissingParameter", "The request must contain the parameter LaunchTemplateData")
    check_form(call.params["LaunchTemplateData"])


def _check_source(call: Call) -> None:
    """Source: EC2 API reference, "Error codes": InvalidLaunchTemplateId.VersionNotFound."""
    source, name = call.params.get("SourceVersion"), call.params.get("LaunchTemplateName")
    for each in store.backend(call.region).launch_templates.values():
        named = each.id == call.params.get("LaunchTemplateId") or (name is not None and each.name == name)
        known = {"$Latest", "$Default", *(str(version.number) for version in each.versions)}
        if named and source and source not in known:
            message = f"Could not find the specified version {source} for the launch template with ID {each.id}."
            raise AwsError("InvalidLaunchTemplateId.VersionNotFound", message)


def _describe(call: Call) -> dict[str, Any]:
    known = store.backend(call.region).launch_templates
    for each in call.params.get("LaunchTemplateIds", []):
        if each not in known:
            message = f"The specified launch template, with template ID {each}, does not exist."
            raise AwsError("InvalidLaunchTemplateId.NotFound", message)
    result = call.forward()
    for described in result["LaunchTemplates"]:
        tags = store.backend(call.region).tags.get(described["LaunchTemplateId"], {})
        described["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return result


def _run_instances(check_place: CheckPlace, call: Call) -> dict[str, Any]:
    """Refuse a type that does not exist, what no instance can be, and what there is no place for."""
    check_form(call.params)
    images.register(call.region)
    named = call.params.get("InstanceType")
    if named is not None and named not in instance_types():
        raise AwsError("InvalidParameterValue", f"Invalid value '{named}' for InstanceType.")
    if named is not None:
        check_place(call.region, _zone(call), named, call.time, call.params.get("MaxCount", 1))
    return call.forward()


def _zone(call: Call) -> str | None:
    """The zone that a launch names, itself or by its subnet; EC2 chooses one otherwise."""
    named: str | None = call.params.get("Placement", {}).get("AvailabilityZone")
    subnet = call.params.get("SubnetId")
    if subnet is None or named is not None:
        return named
    by_zone = store.backend(call.region).subnets.values()
    return next((str(known[subnet].availability_zone) for known in by_zone if subnet in known), None)


def _template(region: str, identity: str) -> Any:
    return store.backend(region).launch_templates[identity]


def instance_types() -> Any:
    """Everything that EC2 says about each instance type, by its name."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES  # noqa: PLC0415 - with moto's EC2, see `store`

    return INSTANCE_TYPES
