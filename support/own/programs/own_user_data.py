"""The fleet boots with two lines of one's own after TAP's script."""

import base64

import pulumi

from tap_stack import InfraConfig, TapStack, export_outputs

MORE = """
# --- ours ---
echo "hello" > /etc/motd
"""


def with_more(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """The launch template with the lines at the end of its script."""
    if args.type_ != "aws:ec2/launchTemplate:LaunchTemplate":
        return None
    script = base64.b64decode(str(args.props["userData"])).decode() + MORE
    longer = base64.b64encode(script.encode()).decode()
    return pulumi.ResourceTransformResult({**args.props, "userData": longer}, args.opts)


stack = TapStack("web", InfraConfig.from_pulumi(), pulumi.ResourceOptions(transforms=[with_more]))
export_outputs(stack.outputs)
