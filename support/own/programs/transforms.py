"""A transform of the whole program: one more tag on whatever takes tags."""

import pulumi

from tap_stack import InfraConfig, TapStack, export_outputs


def with_owner(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """The resource with the tag Owner, where its tags are a map."""
    tags = args.props.get("tags")
    if not isinstance(tags, dict):
        return None
    return pulumi.ResourceTransformResult({**args.props, "tags": {**tags, "Owner": "web"}}, args.opts)


pulumi.runtime.register_resource_transform(with_owner)
export_outputs(TapStack("web", InfraConfig.from_pulumi()).outputs)
