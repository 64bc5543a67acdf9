"""What an instance does at its first boot, and what its CloudWatch agent collects."""

from __future__ import annotations

import json

AGENT_NAMESPACE = "tap/Instances"


def boot_script(agent_parameter: str) -> str:
    """A script for Amazon Linux 2023 after which the instance is reachable through SSM and reports memory and disk.

    It stops at the first error, holds no secret, and can be run again: installing what is installed and enabling what
    is enabled change nothing, and `fetch-config -s` restarts the agent with the configuration as it is then.

    Args:
        agent_parameter: The SSM parameter that holds the CloudWatch agent's configuration.
    """
    return f"""#!/bin/bash
set -euo pipefail

# The way in. Amazon Linux 2023 ships it, its minimal images do not.
rpm --query --quiet amazon-ssm-agent || dnf install --assumeyes amazon-ssm-agent
systemctl enable --now amazon-ssm-agent
systemctl is-active --quiet amazon-ssm-agent

# Memory and disk, which EC2 cannot see from outside.
dnf install --assumeyes amazon-cloudwatch-agent
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl \\
  -a fetch-config -m ec2 -s -c 'ssm:{agent_parameter}'
systemctl enable amazon-cloudwatch-agent
"""


def agent_configuration(group: str) -> str:
    """The CloudWatch agent's configuration: memory and root disk, for each instance and for the group.

    The group's name is written out. `${{aws:AutoScalingGroupName}}` would have every instance ask EC2 for its tags,
    which instances without a way to the internet cannot do.
    """
    by_group = {"AutoScalingGroupName": group}
    collected = {
        "mem": {"measurement": ["mem_used_percent"], "append_dimensions": by_group},
        "disk": {
            "measurement": ["used_percent"],
            "resources": ["/"],
            "drop_device": True,
            "append_dimensions": by_group,
        },
    }
    metrics = {
        "namespace": AGENT_NAMESPACE,
        "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
        "aggregation_dimensions": [["AutoScalingGroupName"]],
        "metrics_collected": collected,
    }
    return json.dumps({"agent": {"metrics_collection_interval": 60}, "metrics": metrics})
