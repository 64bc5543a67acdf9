"""Lambda functions: what they run, how often, and who hears of it when they fail."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from embedded_pulumi.values import UNKNOWN, Archive
from pulumi_guardrails.model import Program, Resource
from pulumi_guardrails.roles import has_unknown_permissions, managed_policies, may, role_of
from pulumi_guardrails.rule import ADVISORY, MANDATORY, Violation, rule
from pulumi_guardrails.types import EVENT_INVOKE_CONFIG, EVENT_TARGET, FUNCTION, METRIC_ALARM

# AWS Lambda Developer Guide, "Lambda runtimes", of those that are not near their end.
SUPPORTED = frozenset(
    {
        *("python3.11", "python3.12", "python3.13", "python3.14"),
        *("nodejs22.x", "nodejs24.x"),
        *("java17", "java21", "java25"),
        *("dotnet8", "dotnet10"),
        *("ruby3.3", "ruby3.4"),
        "provided.al2023",
    }
)


@rule(
    MANDATORY,
    of=FUNCTION,
    controls=("seed:5", "FSBP Lambda.2", "CKV_AWS_363"),
    mend="Use python3.13 or another that AWS lists as supported.",
)
def lambda_runtime(function: Resource) -> Iterator[str]:
    """Functions run on a runtime that AWS supports.

    An old runtime gets no security fixes, and one day can no longer be deployed.
    """
    runtime = function.value("runtime")
    if isinstance(runtime, str) and runtime not in SUPPORTED:
        yield f"{runtime} is not one of {', '.join(sorted(SUPPORTED))}"


SUFFIXES = {"python": (".py",), "nodejs": (".js", ".mjs", ".cjs")}


@rule(
    MANDATORY,
    of=FUNCTION,
    controls=("seed:5",),
    mend="Put the file under its own name into the archive: {'index.py': StringAsset(...)} for index.handler.",
)
def lambda_handler_in_code(function: Resource) -> Iterator[str]:
    """The package holds the module that the handler names.

    Lambda takes the package, and fails at every invocation.
    """
    handler, code = function.value("handler"), function.value("code")
    runtime = str(function.value("runtime"))
    suffixes = next((found for name, found in SUFFIXES.items() if runtime.startswith(name)), None)
    files = _files(code) if isinstance(code, Archive) else None
    if isinstance(handler, str) and suffixes and files is not None:
        module = handler.rpartition(".")[0].replace(".", "/")
        if not any(f"{module}{suffix}" in files for suffix in suffixes):
            yield f"its code has no {module}{suffixes[0]}, which the handler {handler} is in"


def _files(archive: Archive, prefix: str = "") -> frozenset[str] | None:
    """The names of the files in an archive; None if it is not there to be looked at, or neither a folder nor a zip."""
    if archive.path is not None:
        path = Path(archive.path)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as content:
                return frozenset(prefix + name for name in content.namelist())
        if not path.is_dir():
            return None
        return frozenset(prefix + str(each.relative_to(path)) for each in path.rglob("*"))
    found: set[str] = set()
    for name, item in (archive.assets or {}).items():
        if not isinstance(item, Archive):
            found.add(prefix + name)
            continue
        inner = _files(item, "" if name == "." else f"{prefix}{name}/")
        if inner is None:
            return None
        found |= inner
    return frozenset(found)


GRANTED_BY = frozenset({"AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSLambda_FullAccess"})


@rule(
    MANDATORY,
    controls=("seed:6", "cdk-nag LambdaLogging"),
    mend="Grant logs:CreateLogStream and logs:PutLogEvents on its log group.",
)
def lambda_role_logs(program: Program) -> Iterator[Violation]:
    """A function may write its log.

    A function that cannot log fails in silence.
    """
    for function in program.of(FUNCTION):
        for role in role_of(program, function):
            granted = managed_policies(program, role) & GRANTED_BY or may(program, role, "logs:PutLogEvents")
            if not granted and not has_unknown_permissions(program, role):
                yield Violation(function.urn, f"its role {role.name} may not write logs")


@rule(MANDATORY, controls=("seed:6",), mend="An alarm on AWS/Lambda Errors with the dimension FunctionName.")
def lambda_errors_alarm(program: Program) -> Iterator[Violation]:
    """An alarm watches a scheduled function's errors.

    A function that nobody calls by hand fails for weeks before somebody notices.
    """
    for function in _invoked_by_rules(program):
        if not any(_may_watch(alarm, function) for alarm in program.of(METRIC_ALARM)):
            yield Violation(function.urn, "a rule invokes it, and no alarm watches its errors")


def _may_watch(alarm: Resource, function: Resource) -> bool:
    """Whether an alarm is for a function's errors, as far as is known."""
    named, name = alarm.raw("dimensions", "FunctionName"), function.raw("name")
    may_be_its = named is not None and (named == name or UNKNOWN in (named, name))
    return (
        alarm.raw("namespace") in ("AWS/Lambda", UNKNOWN)
        and alarm.raw("metricName") in ("Errors", UNKNOWN)
        and (may_be_its or function.urn in alarm.references.get("dimensions", ()))
    )


@rule(
    ADVISORY,
    controls=("seed:6",),
    mend="aws.lambda_.FunctionEventInvokeConfig(maximum_retry_attempts=..., maximum_event_age_in_seconds=...).",
)
def lambda_retries(program: Program) -> Iterator[Violation]:
    """How often a failed event is retried is written down.

    Lambda's own habit is two retries within six hours: a late one acts on facts that are long past.
    """
    for function in _invoked_by_rules(program):
        configured = program.users(function, EVENT_INVOKE_CONFIG, by="functionName")
        if not any(each.raw("maximumRetryAttempts") is not None for each in configured):
            yield Violation(function.urn, "a rule invokes it, and retries are left to Lambda")


def _invoked_by_rules(program: Program) -> Iterator[Resource]:
    """The functions that rules of EventBridge target."""
    for target in program.of(EVENT_TARGET):
        yield from program.targets(target, "arn", FUNCTION)


@rule(
    ADVISORY,
    controls=("CKV_AWS_116", "cdk-nag LambdaDLQ"),
    mend="Set dead_letter_config, or an on-failure destination.",
)
def lambda_failure_destination(program: Program) -> Iterator[Violation]:
    """What a function fails to handle is kept.

    After the last retry Lambda drops the event.
    """
    for function in program.of(FUNCTION):
        configured = program.users(function, EVENT_INVOKE_CONFIG, by="functionName")
        kept = any(each.raw("destinationConfig", "onFailure") for each in configured)
        if not kept and not function.raw("deadLetterConfig"):
            yield Violation(function.urn, "events that it fails to handle are dropped")


@rule(
    ADVISORY,
    of=FUNCTION,
    controls=("CKV_AWS_115", "cdk-nag LambdaConcurrency"),
    mend="Set reserved_concurrent_executions.",
)
def lambda_concurrency(function: Resource) -> Iterator[str]:
    """Functions have a limit of their own.

    One that runs wild takes the account's concurrency from all the others.
    """
    limit = function.raw("reservedConcurrentExecutions")
    if limit is None or (isinstance(limit, int | float) and limit < 0):
        yield "it may take all of the account's concurrency"


@rule(
    ADVISORY,
    of=FUNCTION,
    controls=("CKV_AWS_117", "FSBP Lambda.3", "FSBP Lambda.5"),
    mend="Set vpc_config with subnets of two zones; it then needs a way to every service that it calls.",
)
def lambda_in_vpc(function: Resource) -> Iterator[str]:
    """Functions run in a VPC, in two zones or more.

    In a VPC its traffic can be filtered and recorded.
    """
    subnets = function.raw("vpcConfig", "subnetIds")
    if function.knows("vpcConfig") and not subnets:
        yield "it runs outside of any VPC"
    elif isinstance(subnets, list) and len(subnets) == 1:
        yield "it runs in one subnet, and so in one zone"


@rule(
    ADVISORY,
    of=FUNCTION,
    controls=("CKV_AWS_50", "FSBP Lambda.7", "AVD-AWS-0066"),
    mend="tracing_config: mode='Active'.",
)
def lambda_tracing(function: Resource) -> Iterator[str]:
    """Functions are traced.

    A trace shows which call the time went to.
    """
    if function.knows("tracingConfig") and function.value("tracingConfig", "mode") != "Active":
        yield "it is not traced"


@rule(ADVISORY, of=FUNCTION, controls=("CKV_AWS_272",), mend="Set code_signing_config_arn.")
def lambda_code_signing(function: Resource) -> Iterator[str]:
    """A function runs signed code alone.

    Without a signature, whoever may update the function may run anything as it.
    """
    if not function.raw("codeSigningConfigArn"):
        yield "it runs unsigned code"


@rule(ADVISORY, of=FUNCTION, controls=("CKV_AWS_173",), mend="Set kms_key_arn.")
def lambda_environment_key(function: Resource) -> Iterator[str]:
    """A function's environment is encrypted with a key of one's own.

    With a key of your own you decide who reads the variables.
    """
    if function.value("environment", "variables") and not function.raw("kmsKeyArn"):
        yield "its variables are encrypted with AWS's key"


REPLACES = (
    "autoscaling:SetInstanceHealth",
    "autoscaling:TerminateInstanceInAutoScalingGroup",
    "ec2:TerminateInstances",
)
TELLS = ("cloudwatch:PutMetricData", "sns:Publish")


@rule(
    MANDATORY,
    controls=("seed:6",),
    mend="Grant the function cloudwatch:PutMetricData and sns:Publish, and have it use them.",
    house=True,
)
def replacement_is_told(program: Program) -> Iterator[Violation]:
    """What replaces instances counts it, and tells somebody.

    Instances that vanish without a metric and a message cannot be told from instances that fail.
    """
    for function in program.of(FUNCTION):
        for role in role_of(program, function):
            silent = [action for action in TELLS if not may(program, role, action)]
            replaces = any(may(program, role, action) for action in REPLACES)
            if replaces and silent and not has_unknown_permissions(program, role):
                yield Violation(
                    function.urn, f"it may replace instances, and its role {role.name} lacks {', '.join(silent)}"
                )
