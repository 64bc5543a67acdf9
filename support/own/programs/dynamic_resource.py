"""A dynamic resource, whose provider is in the program itself."""

from typing import Any

import pulumi
from pulumi import dynamic

from tap_stack import InfraConfig, TapStack


class Registry(dynamic.ResourceProvider):
    """Gives a name a number."""

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Enter the name."""
        return dynamic.CreateResult("entry-1", {**props, "number": len(props["name"])})


class Entry(dynamic.Resource):
    """An entry of the registry."""

    number: pulumi.Output[int]

    def __init__(self, name: str, entered: pulumi.Input[str]) -> None:
        super().__init__(Registry(), name, {"name": entered, "number": None})


stack = TapStack("web", InfraConfig.from_pulumi())
pulumi.export("number", Entry("fleet", stack.auto_scaling_group_name).number)
