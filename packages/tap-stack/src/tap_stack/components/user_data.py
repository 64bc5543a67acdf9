"""What an instance does at its first boot, and what its CloudWatch agent collects."""

from __future__ import annotations

import json

from tap_stack.components.policies import Place

AGENT_NAMESPACE = "tap/Instances"

_HELPERS = """#!/bin/bash
set -euo pipefail

# shellcheck source=/dev/null
. /etc/os-release
case "$(uname -m)" in
  aarch64) machine=arm64 ;;
  *) machine=amd64 ;;
esac
ssm_kind=linux
case " ${ID:-} ${ID_LIKE:-} " in
  *" amzn "*) family=amazon ;;
  *" ubuntu "*) family=ubuntu ssm_kind=debian ;;
  *" debian "*) family=debian ssm_kind=debian ;;
  *" rhel "* | *" fedora "*) family=redhat ;;
  *) echo "no agents for ${ID:-this system}: use Amazon Linux, Ubuntu, Debian or Red Hat" >&2; exit 1 ;;
esac

# install_agent PACKAGE ADDRESS: from the system's own packages on Amazon Linux, else from AWS's address.
install_agent() {
  case "${family}" in
    amazon) "$(command -v dnf || command -v yum)" install -y "$1" ;;
    redhat) "$(command -v dnf || command -v yum)" install -y "$2.rpm" ;;
    *)
      python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' "$2.deb" "/root/$1.deb"
      apt-get -o DPkg::Lock::Timeout=300 install -y "/root/$1.deb" ;;
  esac
}
"""


def boot_script(agent_parameter: str, place: Place) -> str:
    """A script after which the instance is reachable through SSM and reports memory and disk.

    For Amazon Linux 2023 and 2, Ubuntu, Debian, and Red Hat Enterprise Linux with its relatives. Amazon Linux has both
    agents among its packages; the others install what AWS keeps in the region's S3, which the VPC's endpoints reach.
    It stops at the first error, holds no secret, and can be run again: installing what is installed and enabling what
    is enabled change nothing, and `fetch-config -s` restarts the agent with the configuration as it is then.

    Source: Systems Manager User Guide, "Manually installing SSM Agent on EC2 instances for Linux"; CloudWatch User
    Guide, "Download the CloudWatch agent package".

    Args:
        agent_parameter: The SSM parameter that holds the CloudWatch agent's configuration.
        place: Where the instance runs.
    """
    s3 = f"s3.{place.region}.{'amazonaws.com.cn' if place.partition == 'aws-cn' else 'amazonaws.com'}"
    ssm = f"https://{s3}/amazon-ssm-{place.region}/latest/${{ssm_kind}}_${{machine}}/amazon-ssm-agent"
    cloudwatch = f"https://amazoncloudwatch-agent-{place.region}.{s3}/${{family}}/${{machine}}/latest"
    return f"""{_HELPERS}
# The way in. Amazon Linux ships it, Ubuntu does as a snap, and minimal images do not.
if systemctl cat snap.amazon-ssm-agent.amazon-ssm-agent >/dev/null 2>&1; then
  systemctl enable --now snap.amazon-ssm-agent.amazon-ssm-agent
  systemctl is-active --quiet snap.amazon-ssm-agent.amazon-ssm-agent
else
  systemctl cat amazon-ssm-agent >/dev/null 2>&1 || install_agent amazon-ssm-agent "{ssm}"
  systemctl enable --now amazon-ssm-agent
  systemctl is-active --quiet amazon-ssm-agent
fi

# Memory and disk, which EC2 cannot see from outside.
install_agent amazon-cloudwatch-agent "{cloudwatch}/amazon-cloudwatch-agent"
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
