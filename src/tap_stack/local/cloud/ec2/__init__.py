"""EC2 as AWS documents it, where moto is silent or too kind: an overlay on moto's own EC2.

zones            Local and Wavelength Zones, opt-in            offerings  instance types by zone
instance_status  status checks, filters, paging                network    what a VPC's parts demand of each other
templates        launch templates, images                      endpoints  VPC endpoints and their services
filters          EC2's filters and pages                       store      moto's EC2, which keeps everything
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tap_stack.local.cloud.calls import Routes
from tap_stack.local.cloud.ec2 import endpoints, network, offerings, store, templates
from tap_stack.local.cloud.ec2.instance_status import ChecksOf, InstanceStatus
from tap_stack.local.cloud.ec2.zones import DEFAULT_OPT_INS, Zones


def routes(*, checks: Sequence[ChecksOf] = (), opted_in: Iterable[str] = DEFAULT_OPT_INS) -> Routes:
    """The calls that are answered in moto's place.

    Args:
        checks: Who knows the status checks of instances; the first that knows one is believed.
        opted_in: Groups of Local and Wavelength Zones that the account has opted in to.
    """
    return (
        InstanceStatus(store.instances, checks).routes()
        | Zones(opted_in).routes()
        | offerings.routes()
        | network.routes()
        | endpoints.routes()
        | templates.routes()
    )
