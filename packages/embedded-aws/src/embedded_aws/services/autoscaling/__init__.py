"""EC2 Auto Scaling of the embedded AWS.

service        the way in                   registry       the groups
group_calls    create, update, describe     instance_calls health, standby, activities
refresh_calls  instance refresh             policy_calls   scaling policies
requests       what requests mean           shapes         what answers look like
group          one group                    instances      its machines: moto's EC2 instances
templates      launch templates             stores         moto's backends
hook_calls     lifecycle hooks              hook_notices   whom they tell
schedule_calls scheduled actions         warm_pool      warm pools
tracking       target tracking policies     tracking_alarms and what their alarms watch
forecasts      predictive scaling policies
boots          instances that complete their own lifecycle actions
"""

from embedded_aws.services.autoscaling.boots import BootEnd, Boots
from embedded_aws.services.autoscaling.hook_notices import HookNotices
from embedded_aws.services.autoscaling.service import AutoScalingService

__all__ = ["AutoScalingService", "BootEnd", "Boots", "HookNotices"]
