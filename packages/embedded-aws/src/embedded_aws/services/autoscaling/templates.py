"""Launch templates as an Auto Scaling group refers to them, resolved in moto's EC2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_aws.calls import AwsError
from embedded_aws.services.autoscaling import stores
from embedded_aws.services.ec2.launch_needs import check_needs

UNUSABLE = "You must use a valid fully-formed launch template."
SSM = "resolve:ssm:"  # EC2 user guide: "Use a Systems Manager parameter to find an AMI"


@dataclass(frozen=True)
class Template:
    """One version of a launch template; `data` is boto3's LaunchTemplateData."""

    id: str
    name: str
    number: int
    data: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The version as the fleet knows it."""
        return f"{self.id}:{self.number}"

    @property
    def named(self) -> dict[str, str]:
        """A LaunchTemplateSpecification that means this version."""
        return {"LaunchTemplateId": self.id, "LaunchTemplateName": self.name, "Version": str(self.number)}


def resolve(region: str, specification: Mapping[str, Any]) -> Template:
    """The template version that a LaunchTemplateSpecification means now; without a version, the default one.

    Raises:
        AwsError: `ValidationError`, in the words in which Auto Scaling passes on EC2's.
    """
    template = _find(region, specification)
    version = str(specification.get("Version") or "$Default")
    number = {"$Latest": template.latest_version_number, "$Default": template.default_version_number}.get(version)
    if number is None:
        known = {str(each.number): each.number for each in template.versions}
        if version not in known:
            what = f"Could not find the specified version {version} for the launch template with ID {template.id}."
            raise AwsError("ValidationError", f"{UNUSABLE} {what}")
        number = known[version]
    return Template(template.id, template.name, number, template.get_version(number).data)


def _find(region: str, specification: Mapping[str, Any]) -> Any:
    identity, name = specification.get("LaunchTemplateId"), specification.get("LaunchTemplateName")
    if bool(identity) == bool(name):
        message = "Valid requests must contain either launchTemplateId or LaunchTemplateName"
        raise AwsError("ValidationError", message)
    ec2 = stores.ec2(region)
    found = ec2.launch_templates.get(identity or ec2.launch_template_name_to_ids.get(name))
    if found is None:
        which = f"template ID {identity}" if identity else f"template name {name}"
        raise AwsError("ValidationError", f"{UNUSABLE} The specified launch template, with {which}, does not exist.")
    return found


def by_key(region: str, key: str) -> Template:
    """The template version that the fleet knows under this key.

    Raises:
        AwsError: `ValidationError`, it was deleted since.
    """
    identity, _, number = key.partition(":")
    return resolve(region, {"LaunchTemplateId": identity, "Version": number})


def check(region: str, template: Template) -> None:
    """Refuse a template from which nothing could be launched, as Auto Scaling does when a group is created.

    Raises:
        AwsError: `ValidationError`.
    """
    try:
        check_launch(region, template.data)
    except AwsError as refusal:
        raise AwsError("ValidationError", f"{UNUSABLE} {refusal.message}") from refusal


def check_network(region: str, template: Template, subnets: Iterable[str]) -> None:
    """Refuse a template whose security groups are in another VPC than the group's subnets.

    Raises:
        AwsError: `ValidationError`.
    """
    ec2 = stores.ec2(region)
    of_groups = {ec2.get_security_group_from_id(each).vpc_id for each in security_groups(template.data)}
    of_subnets = {ec2.get_subnet(each).vpc_id for each in subnets}
    if of_groups - of_subnets:
        message = (
            "One or more security groups in the launch template are not linked to the VPCs configured in the Auto "
            "Scaling group"
        )
        raise AwsError("ValidationError", message)


def check_launch(region: str, data: Mapping[str, Any]) -> None:
    """Refuse what EC2 refuses before it launches anything. Raises AwsError: with EC2's code and message."""
    if not data.get("ImageId"):
        raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
    check_needs(region, data, image(region, data), security_groups(data))
    for field, value in data.get("IamInstanceProfile", {}).items():
        if not stores.has_instance_profile(region, value):
            what = f"Value ({value}) for parameter iamInstanceProfile.{field.lower()} is invalid."
            raise AwsError("InvalidParameterValue", f"{what} Invalid IAM Instance Profile {field.lower()}")


def image(region: str, data: Mapping[str, Any]) -> str:
    """The image id of a template, looked up in SSM where the template names a parameter.

    Raises:
        AwsError: `InvalidAMIID.NotFound`, the parameter does not exist.
    """
    named = str(data["ImageId"])
    if not named.startswith(SSM):
        return named
    found = stores.parameter(region, named.removeprefix(SSM))
    if found is None:
        raise AwsError("InvalidAMIID.NotFound", f"The parameter {named.removeprefix(SSM)} does not exist")
    return found


def architecture(region: str, data: Mapping[str, Any]) -> str:
    """The architecture of a template's image; x86_64 of one that does not say it."""
    found = stores.ec2(region).amis.get(image(region, data))
    return str(getattr(found, "architecture", None) or "x86_64")


def security_groups(data: Mapping[str, Any]) -> list[str]:
    """Ids of the security groups of a template, named directly or on its primary network interface."""
    interface = primary_interface(data)
    return [*data.get("SecurityGroupIds", []), *interface.get("Groups", [])]


def primary_interface(data: Mapping[str, Any]) -> dict[str, Any]:
    """The network interface with device index 0 of a template; empty if it names none."""
    return next((dict(each) for each in data.get("NetworkInterfaces", []) if not int(each.get("DeviceIndex", 0))), {})


def tags(data: Mapping[str, Any], resource_type: str) -> dict[str, str]:
    """The tags that a template gives to `instance`, `volume` or `network-interface`."""
    return {
        tag["Key"]: tag["Value"]
        for specification in data.get("TagSpecifications", [])
        if specification.get("ResourceType") == resource_type
        for tag in specification.get("Tags", [])
    }
