"""A program that has TAP's components made by their package, as a program in another language has."""

MANIFEST = """\
name: remote
runtime: python
plugins:
  providers:
    - name: tap
      path: ../plugin
"""

PROGRAM = """\
import pulumi


class Remote(pulumi.ComponentResource):
    def __init__(self, kind, name, props):
        outputs = {"autoScalingGroupName": None, "lambdaFunctionName": None}
        super().__init__(f"tap:index:{kind}", name, outputs | props, remote=True)


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
