"""The embedded AWS: its parts, and how they are connected.

    client --HTTP--> httpd --WSGI--> gateway --> guard:  iam
                                        |------> routes: ec2 ssm autoscaling functions schedule alarms notifications iam
                                        '------> motoserver (all other calls; all state but that of the groups)

    schedule --event--> functions --boto3--> gateway          alarms --publish--> notifications
    autoscaling --status checks--> ec2                        alarms --policy--> autoscaling
    autoscaling --event--> schedule --publish--> notifications

All time is that of `clock`. Who touches moto's state holds one re-entrant lock.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from embedded_aws import access, motoserver
from embedded_aws.account import ACCOUNT, DEFAULT_REGION
from embedded_aws.calllog import CallLog, CallRecord
from embedded_aws.calls import AwsError, Call, Caller
from embedded_aws.clock import Clock
from embedded_aws.fleet import Timings
from embedded_aws.gateway import Gateway, merge
from embedded_aws.httpd import LoopbackServer
from embedded_aws.iam import account_details, admission
from embedded_aws.iam.authorizer import Authorizer
from embedded_aws.iam.evaluate import AccessDecision
from embedded_aws.iam.facts import AccountFacts
from embedded_aws.iam.organisation import Organisation
from embedded_aws.iam.simulation import Simulation
from embedded_aws.kinds import STANDARD, AccountKind
from embedded_aws.kinds.policies import BOUNDARY_NAME, ORGANISATION
from embedded_aws.kinds.quotas import CONCURRENCY
from embedded_aws.services import (
    containers,
    ec2,
    elbv2,
    log_streams,
    managed_keys,
    public_images,
)
from embedded_aws.services.autoscaling import AutoScalingService, Boots, HookNotices
from embedded_aws.services.autoscaling.launching import Launching
from embedded_aws.services.cloudwatch.alarms import Alarms
from embedded_aws.services.cloudwatch.group_metrics import GroupMetrics
from embedded_aws.services.cloudwatch.instance_metrics import InstanceMetrics
from embedded_aws.services.cloudwatch.load import GivenLoad, Loads
from embedded_aws.services.cloudwatch.metrics import MetricStore
from embedded_aws.services.cloudwatch.service_alarms import ServiceAlarms
from embedded_aws.services.corrections import corrections
from embedded_aws.services.ebs_defaults import EbsDefaults
from embedded_aws.services.ec2 import tag_keys
from embedded_aws.services.ec2.conditions import ZoneConditions
from embedded_aws.services.elbv2.request_metrics import RequestMetrics
from embedded_aws.services.elbv2.targets import Targets
from embedded_aws.services.events.schedule import EventBridge
from embedded_aws.services.lambda_.service import Functions
from embedded_aws.services.limits import AccountLimits
from embedded_aws.services.newcomers import Newcomers
from embedded_aws.services.running_instances import RunningInstances
from embedded_aws.services.service_linked_roles import ServiceLinkedRoles
from embedded_aws.services.sns.notifications import Notifications
from embedded_aws.services.ssm.agents import Agents
from embedded_aws.services.ssm.commands import RunCommand
from embedded_aws.services.ssm.information import Information
from embedded_aws.services.ssm.sessions import SessionManager
from embedded_aws.services.zonal_shift import ZonalShifts
from embedded_aws.warmup import LATE, QUIET_CALLS, warm

SERVICES = frozenset({"arc-zonal-shift", *LATE, *(service for service, _, _ in QUIET_CALLS)})
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
UNLOCKED = frozenset({("lambda", "Invoke"), ("lambda", "InvokeAsync")})


class Cloud:
    """An AWS account in this process, from now until `close()`; one at a time in a process.

    Args:
        start: Cloud time at the beginning; the present if not given.
        speed: Cloud seconds for each real second; 0 leaves time to `clock.advance`.
        seed: What identifiers and other random choices follow from.
        region: Where clients call when they name no region; the account is in this region's partition.
        timings: How long things take in Auto Scaling groups.
        port: Where it listens on 127.0.0.1; 0 takes a free port.
        kind: What kind of account it is: its quotas, its organisation, its zones.

    Attributes:
        zones: How the zones are; they may get into trouble at any time.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
        lock: Hold it to touch moto's state.
        iam, autoscaling, targets, functions, schedule, alarms, notifications: The parts that moto lacks.

    Raises:
        RuntimeError: another cloud runs in this process.
        OSError: the port is in use or not allowed.
    """

    account = ACCOUNT

    def __init__(
        self,
        *,
        start: datetime | None = None,
        speed: float = 0.0,
        seed: int = 0,
        region: str = DEFAULT_REGION,
        timings: Timings | None = None,
        port: int = 0,
        kind: AccountKind = STANDARD,
    ) -> None:
        self._closing = ExitStack()
        self.kind = kind
        self.region, self.partition = region, get_partition(region)
        self.clock = Clock(start, speed)
        self.lock = threading.RLock()
        self.calls = CallLog()
        with ExitStack() as undo:
            undo.callback(self.close)
            self._moto = self._closing.enter_context(motoserver.running(self.clock.now, seed))
            self._assemble(timings, seed)
            self._open(seed, port)
            undo.pop_all()

    def _assemble(self, timings: Timings | None, seed: int) -> None:
        """Make the parts and connect them."""
        clock, lock = self.clock, self.lock
        self._found_account()
        self.autoscaling = self._groups(timings, seed)
        group_of = self.autoscaling.group_of
        self.iam = Authorizer(
            clock,
            lock,
            account=self.account,
            partition=self.partition,
            group_of_instance=group_of,
            refused=self._note_refusal,
            organisation=self._organisation,
        )
        self.notifications = Notifications(clock, lock, self.iam, invoke=self._invoke)
        self.functions = Functions(
            clock,
            lock,
            lambda: self.endpoint_url,
            self._function_credentials,
            Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="embedded-aws-"))),
            guard=self._check_as_role,
            deliveries=self.notifications.routes(),
            service_may=self.iam.service_may,
            role_may=self.iam.role_may,
            concurrency=int(self._limits.value(CONCURRENCY)),
        )
        self.schedule = EventBridge(clock, lock, self.functions, self.iam, self.notifications)
        self._zonal_shifts = ZonalShifts(clock, lock, self.autoscaling)
        self._agents = Agents(self.iam.role_may, self.autoscaling.checks)
        self._session_manager = SessionManager(clock, lock, self._agents, lambda: self.endpoint_url)
        self._metrics = MetricStore(self.account, lock)
        self.alarms = Alarms(
            clock,
            lock,
            self._metrics,
            self.iam,
            self.notifications,
            scale=self._scale,
            invoke=self._invoke,
            emit=self.schedule.emit,
        )
        self._loads = Loads()
        self._group_metrics = GroupMetrics(
            clock, self._metrics, groups=self.autoscaling.names, sizes=self.autoscaling.sizes
        )
        running = RunningInstances(lock, self.autoscaling)
        self._instance_metrics = InstanceMetrics(clock, look=running.look, changes=running.changes, load=self._loads.at)
        self._metrics.add_source(self._instance_metrics)
        self._requests = RequestMetrics(clock, lock, self._metrics, self.targets)

    def _groups(self, timings: Timings | None, seed: int) -> AutoScalingService:
        """EC2 Auto Scaling, connected with what is made later."""
        return AutoScalingService(
            self.clock,
            self.lock,
            self._launching,
            self.targets,
            timings=timings,
            seed=seed,
            emit=lambda event: self.schedule.emit(event),  # noqa: PLW0108 - it is made later
            notices=HookNotices(
                self._check_as_role,
                self._hook_credentials,
                lambda call: self.notifications.routes()["sns", "Publish"](call),  # noqa: PLW0108 - it is made later
            ),
            boots=Boots(self.clock, self._check_as_role, self._instance_credentials),
            metrics=lambda: self._metrics,
            alarms=lambda: ServiceAlarms(self.account, self.alarms, "autoscaling.amazonaws.com"),
        )

    def _found_account(self) -> None:
        """Make what the kind of the account decides, and what is there before any part that acts."""
        kind = self.kind
        self.zones = ZoneConditions(kind.zones)
        self._limits = AccountLimits(kind.quotas)
        self._ebs_defaults = EbsDefaults(encrypted=kind.encrypted, own_key=kind.own_key)
        self._linked_roles = ServiceLinkedRoles(
            kind.settling,
            lambda *asked: self.iam.role_may(*asked),  # noqa: PLW0108 - it is made later
            lambda role: self.autoscaling.acts_as(role),  # noqa: PLW0108 - it is made later
        )
        self._launching = Launching(
            self._linked_roles,
            self.zones,
            self._limits,
            self._ebs_defaults,
            lambda *asked: self.iam.role_may(*asked),  # noqa: PLW0108 - it is made later
        )
        self.targets = Targets(
            self.clock,
            self.lock,
            checks_of=lambda instance: self.autoscaling.checks(instance),  # noqa: PLW0108 - it is made later
            told=lambda region, instance: self.autoscaling.target_changed(region, instance),  # noqa: PLW0108 - likewise
        )
        self._organisation = Organisation(
            kind.service_control, kind.resource_control, kind.tag_policy, ORGANISATION if kind.service_control else None
        )

    def _open(self, seed: int, port: int) -> None:
        """Let clients in and time run."""
        parts = (self.iam, self.autoscaling, self._zonal_shifts, self.notifications, self.functions, self.schedule)
        self._gateway = Gateway(
            backend=self._moto,
            now=self.clock.now,
            lock=self.lock,
            calls=self.calls,
            services=SERVICES,
            regions=_regions(),
            identify=self.iam.caller,
            guards=[self.iam],
            checks=[
                tag_keys.check,
                self._organisation.check_tags,
                self._limits.check,
                Newcomers(self.kind.settling).check,
            ],
            routes=merge(
                [
                    ec2.routes(self.zones, self._launching.check_place, checks=[self.autoscaling.checks_of]),
                    self._limits.routes(),
                    self._ebs_defaults.routes(),
                    self._linked_roles.routes(),
                    public_images.routes(),
                    admission.routes(),
                    account_details.routes(),
                    Simulation(self.lock, AccountFacts(self.account, self.partition), self._organisation).routes(),
                    managed_keys.routes(),
                    Information(self._agents).routes(),
                    RunCommand(self.clock, self.lock, self._agents).routes(),
                    self._session_manager.routes(),
                    log_streams.routes(),
                    elbv2.routes(self.targets, self.iam, self._linked_roles),
                    containers.routes(self.clock, self.lock, self.targets),
                    *corrections(),
                    *(part.routes() for part in (*parts, self._metrics, self.alarms)),
                ]
            ),
            unlocked=UNLOCKED,
        )
        self._warm_up(seed)
        self._server = LoopbackServer(self._gateway, port, channels=self._session_manager.serve)
        self._closing.callback(self._server.close)
        self._closing.callback(self.clock.stop)
        self._closing.callback(self.functions.close)  # first: clock and server wait for functions that run
        self.alarms.start()
        self._group_metrics.start()
        self._instance_metrics.start()
        self._requests.start()
        if self.clock.speed:
            self.clock.start()

    def __enter__(self) -> Self:
        """The cloud itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def endpoint_url(self) -> str:
        """Where every service answers."""
        return self._server.url

    @property
    def failures(self) -> list[str]:
        """Tracebacks of unexpected exceptions; empty when all is well."""
        return self._gateway.failures + self.clock.failures

    def close(self) -> None:
        """Stop the clock, the functions and the server, and forget everything. Closing twice does nothing."""
        self._closing.close()

    def client(self, service: str, region: str | None = None, **options: Any) -> Any:
        """A boto3 client of this cloud, in its own region if none is given; `options` as of boto3's `client`."""
        return access.client(service, region or self.region, self.endpoint_url, **options)

    def environment(self, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment variables that make a process a client of this cloud.

        Args:
            inherited: An environment to start from, such as `os.environ`; everything of AWS in it is left out.
        """
        return access.environment(self.endpoint_url, self.region, inherited or {})

    def break_instance(self, instance_id: str, kind: str) -> None:
        """Break a member of a group: `system`, `instance` or `ebs` check fails, or its machine is `stopped`.

        Raises:
            LookupError: it is no member, or there is no such kind.
        """
        self.autoscaling.break_instance(instance_id, kind)

    def interrupt_spot(self, instance_id: str) -> None:
        """EC2 gives notice that it takes a Spot Instance of a group back; raises as `break_instance`."""
        self.autoscaling.interrupt_spot(instance_id)

    def recommend_rebalance(self, instance_id: str) -> None:
        """EC2 recommends to replace a Spot Instance of a group; raises as `break_instance`."""
        self.autoscaling.recommend_rebalance(instance_id)

    def release_image(self, parameter: str, region: str | None = None) -> str:
        """Publish a newer image under a public SSM parameter, as Amazon does with Amazon Linux every other week.

        Args:
            parameter: Such as `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64`.
            region: Where, if it is not the cloud's.

        Returns:
            The new image's id.

        Raises:
            LookupError: there is no such public parameter.
        """
        from embedded_aws.services.ec2 import images  # noqa: PLC0415 - with moto's EC2

        with self.lock:
            return images.release(region or self.region, parameter)

    def set_load(
        self, group: str, cpu_percent: float, region: str | None = None, *, lasting: timedelta | None = None
    ) -> None:
        """Give a group's instances this average CPU load, as CloudWatch will report it; without one they are idle.

        Args:
            group: The group.
            cpu_percent: Average CPU.
            region: The group's, if it is not the cloud's.
            lasting: Cloud time after which it is as it was before; from now on if not given.
        """
        until = None if lasting is None else self.clock.now() + lasting
        self._loads.give(region or self.region, group, GivenLoad(cpu_percent, self.clock.now(), until))

    def set_work(
        self, group: str, cpu_percent: float, region: str | None = None, *, lasting: timedelta | None = None
    ) -> None:
        """Give a group work that its running instances share, so that each has less of it the more there are.

        Args:
            group: The group.
            cpu_percent: The CPU of one instance that had to do all of it; 300 is three busy instances.
            region: The group's, if it is not the cloud's.
            lasting: Cloud time after which it is as it was before; from now on if not given.
        """
        until = None if lasting is None else self.clock.now() + lasting
        self._loads.give(region or self.region, group, GivenLoad(cpu_percent, self.clock.now(), until, shared=True))

    def set_requests(self, target_group: str, per_minute: float) -> None:
        """Let this many requests a minute reach a target group (its ARN) from now on, spread over healthy targets."""
        self._requests.give(target_group, per_minute)

    def _check_as_role(self, call: Call) -> None:
        """Check what an AWS service does as a role, which does not pass the gateway; record a refusal too."""
        try:
            self.iam(call)
        except AwsError as error:
            self._record(call.caller, f"{call.service}:{call.action}", error.code, error.message)
            raise

    def _note_refusal(self, service: str, verdict: AccessDecision) -> None:
        """Write down what an AWS service may not do in its own name."""
        caller = Caller(self.account, access_key="", service=service)
        self._record(caller, verdict.action, "AccessDenied", verdict.message(f"Service: {service}"))

    def _record(self, caller: Caller, action: str, error: str, refusal: str) -> None:
        service, _, operation = action.partition(":")
        self.calls.record(
            CallRecord(
                time=self.clock.now(),
                service=service.lower(),
                action=operation,
                params={},
                region=self.region,
                caller=caller,
                allowed=False,
                error=error,
                seconds=0.0,
                refusal=refusal,
            )
        )

    def _scale(self, policy_arn: str, alarm: str) -> None:
        if not self.autoscaling.alarm(policy_arn, alarm):
            raise AwsError(
                "ScalingActivityInProgress", "The policy was not carried out: its group is busy or suspended."
            )

    def _invoke(self, function_arn: str, event: dict[str, Any]) -> None:
        self.functions.invoke_async(function_arn, json.dumps(event).encode())

    def _function_credentials(self, role_arn: str, function_arn: str) -> dict[str, str]:
        name = function_arn.split(":")[6]
        issued = self.iam.credentials_for(role_arn, name, "lambda.amazonaws.com", source_arn=function_arn)
        return {
            "AWS_ACCESS_KEY_ID": issued["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": issued["SecretAccessKey"],
            "AWS_SESSION_TOKEN": issued["SessionToken"],
        }

    def _hook_credentials(self, role_arn: str, group_arn: str) -> dict[str, Any]:
        return self.iam.credentials_for(role_arn, "AutoScaling", "autoscaling.amazonaws.com", source_arn=group_arn)

    def _instance_credentials(self, role_arn: str, instance_id: str) -> dict[str, Any]:
        return self.iam.credentials_for(role_arn, instance_id, "ec2.amazonaws.com")

    def _warm_up(self, seed: int) -> None:
        """Warm moto up in the background; returns when that holds the lock, so that every client comes after it."""
        begun = threading.Event()

        def run() -> None:
            with self.lock:
                begun.set()
                warm(self._moto, self.region)
                self._furnish()
                mock_random.seed(seed)  # what warming up drew must not depend on moto's version

        thread = threading.Thread(target=run, name="cloud-warm-up", daemon=True)
        thread.start()
        self._closing.callback(thread.join)
        begun.wait()

    def _furnish(self) -> None:
        """Have there what an account of this kind has. Hold the lock."""
        if self.kind.scaling_role:
            self._linked_roles.make_default(self.partition)
        if self.kind.boundary is not None:
            iam = get_backend("iam")[self.account][self.partition]
            what = "What a workload's role may at most do"
            iam.create_policy(what, "/", json.dumps(self.kind.boundary), BOUNDARY_NAME, [])


def _regions() -> frozenset[str]:
    """The regions that EC2 has in the partitions of this cloud."""
    session = AccountSpecificBackend.get_session()
    return frozenset(
        region for partition in PARTITIONS for region in session.get_available_regions("ec2", partition_name=partition)
    )
