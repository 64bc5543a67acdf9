"""A small HTTP service behind a load balancer: `web.sh` starts it on each instance of a TAP fleet.

Before the first deployment:

    pulumi config set tap:certificateArn arn:aws:acm:...
"""

from __future__ import annotations

import pulumi

from tap_stack import InfraConfig, TapStack
from tap_stack.errors import ConfigError, QuestionRefused
from tap_stack.stack import export_outputs

try:
    stack = TapStack("web", InfraConfig.from_pulumi())
    export_outputs(stack.outputs)
except (ConfigError, QuestionRefused) as error:
    raise pulumi.RunError(str(error)) from None
