"""A program that has TAP's components made by their package, as a program in another language has."""

MANIFEST = """\
name: remote
runtime: python
plugins:
  providers:
    - name: tap
      path: ../plugin
"""

_REMOTE = """\
import pulumi


class Remote(pulumi.ComponentResource):
    def __init__(self, kind, name, props):
        outputs = dict.fromkeys(%r)
        super().__init__(f"tap:index:{kind}", name, outputs | props, remote=True)

"""

PROGRAM = (
    _REMOTE % (["autoScalingGroupName", "lambdaFunctionName"],)
    + """

stack = Remote(
    "TapStack",
    "web",
    {
        "zones": 3,
        "minSize": 3,
        "maxSize": 6,
        "desiredCapacity": 3,
        "natStrategy": "single",
        "tags": {"Owner": "us"},
        "healer": {"instanceCheckWindowSeconds": 240},
    },
)
second = Remote("Healer", "second", {"autoScalingGroupName": stack.autoScalingGroupName, "healerMode": "observe"})
pulumi.export("group", stack.autoScalingGroupName)
pulumi.export("function", stack.lambdaFunctionName)
pulumi.export("second", second.lambdaFunctionName)
"""
)

PARTS = (
    _REMOTE % (["vpcId", "privateSubnetIds", "zones", "autoScalingGroupName"],)
    + """
network = Remote("Network", "shared", {"vpcCidr": "10.8.0.0/16", "natStrategy": "single"})
ids = {"vpcId": network.vpcId, "privateSubnetIds": network.privateSubnetIds}
fleet = Remote("Fleet", "web", ids | {"minSize": 1, "desiredCapacity": 1})
pulumi.export("group", fleet.autoScalingGroupName)
pulumi.export("zones", fleet.zones)
pulumi.export("subnets", network.privateSubnetIds)
"""
)
"""A network and a fleet in it: the one's outputs are the other's arguments."""
