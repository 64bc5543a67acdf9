"""The rules that hold for every configuration: the error is clear, or the deployed stack is correct.

The second is more than the guardrails say: AWS's own limits on names, tags and documents, as far as a program decides
them, and that no value has broken out of where it belongs.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from pulumi_guardrails import types
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import read_settings
from pulumi_guardrails.findings import judge
from pulumi_guardrails.model import Plain, Program, Resource
from pulumi_guardrails.recording.subject import Subject
from support.healing.aws import Aws
from support.healing.world import Context, a_broken_world
from support.programs import recorded
from tap_stack.config import InfraConfig
from tap_stack.config.model import knobs
from tap_stack.errors import ConfigError, shown
from tap_stack.healer.handler import sweep
from tap_stack.stack import TapStack, export_outputs

from .aws_limits import without_references, wrong_names, wrong_tags
from .cases import Case

TAP_STACK = Path(__file__).parents[2] / "packages/tap-stack/src/tap_stack"
TODAY = "2026-11-23"

LONGEST_ERROR = 700
"""Characters: a few lines of a terminal, the two longest lists of what is accepted included."""


def outcome(case: Case) -> tuple[Program | ConfigError, list[str]]:
    """What a case comes to, the program that is registered or the error, and what is wrong with that."""
    try:
        program = deployed(case)
    except ConfigError as refused:
        return refused, wrong_with_error(refused, case)
    return program, wrong_with_program(program)


def deployed(case: Case) -> Program:
    """Run the whole program as configured, with nothing behind it.

    Raises:
        ConfigError: the configuration is refused.
    """
    config = InfraConfig.load(case.config, case.environ)

    def program() -> None:
        export_outputs(TapStack("tap", config).outputs)

    return recorded(program, Subject("tap", config={"aws:region": config.region}))


# --- what is refused ---


def wrong_with_error(error: ConfigError, case: Case) -> list[str]:
    """It names key, value and what would be accepted, on one line that can be read."""
    text, known = str(error), {row.key for row in knobs()}
    checks = {
        "it is not one line of what can be seen": text.isprintable(),
        "it is long": len(text) <= LONGEST_ERROR,
        "it names no key that was set, or that has a default": error.key in {*case.names(), *known},
        "it does not begin with the key": text.startswith((error.key, shown(error.key))),
        "it does not show the value": f" = {shown(error.value)} is not accepted; accepted: " in text,
        "it does not say what is accepted": bool(error.accepted.strip()),
    }
    return [f"{what}: {text!a}" for what, holds in checks.items() if not holds]


# --- what is deployed ---


def wrong_with_program(program: Program) -> list[str]:
    """Everything that is wrong, in words."""
    return [problem for check in CHECKS for problem in check(program)]


def _rules(program: Program) -> Iterator[str]:
    exemptions = read_exemptions()
    for finding in judge(program, rules(), exemptions, TODAY).mandatory:
        yield f"{finding.rule}: {finding.urn}: {finding.message}"


@cache
def read_exemptions() -> tuple[Any, ...]:
    """The exceptions that come with TAP's components."""
    return read_settings(TAP_STACK, frozenset(rule.id for rule in rules())).exemptions


def _boot(program: Program) -> Iterator[str]:
    for template in program.of(types.LAUNCH_TEMPLATE):
        script = base64.b64decode(template.inputs["userData"]).decode()
        # The other parameter keeps the image's id, in clear.
        (parameter,) = [each.inputs["name"] for each in program.of(types.SSM_PARAMETER) if "value" in each.inputs]
        if len(script.encode()) > 16_384:
            yield "the user data is longer than EC2 takes"
        if script.count(parameter) != 1 or f"'ssm:{parameter}'" not in script or "'" in parameter:
            yield f"the user data has {parameter!a} elsewhere than in one pair of quotes"
        if complaint := _bash(script):
            yield f"the user data is not bash: {complaint}"


@cache
def _bash(script: str) -> str:
    return subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False).stderr


def shellcheck(program: Program) -> str:
    """What shellcheck finds in the user data; it is slow, so it is not run for every case."""
    (template,) = program.of(types.LAUNCH_TEMPLATE)
    command = [str(Path(sys.executable).parent / "shellcheck"), "--enable=all", "-"]
    script = base64.b64decode(template.inputs["userData"]).decode()
    return subprocess.run(command, input=script, capture_output=True, text=True, check=False).stdout


DOCUMENTS = {
    (types.ROLE, "assumeRolePolicy"): 2048,
    (types.ROLE_POLICY, "policy"): 10_240,
    (types.TOPIC_POLICY, "policy"): 30_720,
    (types.KEY, "policy"): 32_768,
}
"""Type and property to the longest document that AWS takes, in characters."""


def documents(program: Program) -> Iterator[tuple[Resource, str, str]]:
    """Each IAM document: its resource, its property, its text."""
    for type_, name in DOCUMENTS:
        yield from ((each, name, each.inputs[name]) for each in program.of(type_))


def _iam(program: Program) -> Iterator[str]:
    allowed = _known_wildcards()
    for resource, name, text in documents(program):
        if len(text) > DOCUMENTS[resource.type, name]:
            yield f"{resource.name}: {name} has {len(text)} characters"
        try:
            found = wildcards(json.loads(text), program.region)
        except ValueError as error:
            yield f"{resource.name}: {name} is not JSON: {error}"
            continue
        yield from (f"{resource.name}: {name} has the wildcard {each!a}" for each in sorted(found - allowed))


@cache
def _known_wildcards() -> frozenset[str]:
    """Those of the stack as it is: every other one would come from a value."""
    stack = deployed(Case({}, {}))
    return frozenset(each for _, _, text in documents(stack) for each in wildcards(json.loads(text), stack.region))


def wildcards(document: Plain, region: str) -> set[str]:
    """The strings of a document with `*`, `?` or a variable in them, wherever it is deployed."""
    texts = {without_references(text) for text in strings(document)}
    loose = {text for text in texts if any(mark in text for mark in ("*", "?", "${"))}
    return {re.sub(r"^arn:[a-z-]+:", "arn:", text).replace(f":{region}:", ":here:") for text in loose}


def _arns(program: Program) -> Iterator[str]:
    for resource in program.resources:
        parts = [resource.inputs, *(_parsed(text) for each, _, text in documents(program) if each is resource)]
        for text in strings(parts):
            fields = without_references(text).split(":", 5)
            if text.startswith("arn:") and (
                len(fields) != 6
                or not re.fullmatch(r"aws(-[a-z]+)*", fields[1])
                or not re.fullmatch(r"[a-z0-9-]+", fields[2])
                or fields[3] not in ("", program.region)
                or not re.fullmatch(r"(\d{12}|aws)?", fields[4])
                or not fields[5]
            ):
                yield f"{resource.name}: {text!a} is no ARN"


def _parsed(text: str) -> Plain:
    """A document; nothing if it is none, which is said elsewhere."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _json(program: Program) -> Iterator[str]:
    texts = [
        *((each, each.value("eventPattern")) for each in program.of(types.EVENT_RULE)),
        *((each, each.value("value")) for each in program.of(types.SSM_PARAMETER)),
        *((each, each.value("inputTransformer", "inputTemplate")) for each in program.of(types.EVENT_TARGET)),
        *((each, each.value("environment", "variables", "HEALER_POLICY")) for each in program.of(types.FUNCTION)),
    ]
    for resource, text in texts:
        try:
            json.loads(text) if text is not None else None
        except ValueError as error:
            yield f"{resource.name}: {text!a} is not JSON: {error}"


def _seen(program: Program) -> Iterator[str]:
    """Whatever is registered can be seen: nothing looks like what it is not."""
    for resource in program.resources:
        yield from (
            f"{resource.name!a}: {text!a} has what cannot be seen"
            for text in (resource.name, *strings(resource.inputs))
            if not text.isprintable()
        )


def strings(value: Plain) -> Iterator[str]:
    """Every text within a value, the keys of objects included; not what code archives hold."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _network(program: Program) -> Iterator[str]:
    (vpc,) = program.of(types.VPC)
    whole = IPv4Network(vpc.inputs["cidrBlock"])
    subnets = [IPv4Network(each.inputs["cidrBlock"]) for each in program.of(types.SUBNET)]
    for number, subnet in enumerate(subnets):
        if not 16 <= subnet.prefixlen <= 28 or not subnet.subnet_of(whole):
            yield f"{subnet} is no subnet of {whole}"
        if any(subnet.overlaps(other) for other in subnets[:number]):
            yield f"{subnet} overlaps another one"
    for each in program.of(types.SUBNET):
        if each.inputs["availabilityZone"][:-1] != program.region:
            yield f"{each.name} is in a zone of another region"


def _sizes(program: Program) -> Iterator[str]:
    (group,) = program.of(types.GROUP)
    least, most = group.inputs["minSize"], group.inputs["maxSize"]
    if not 0 <= least <= group.inputs["desiredCapacity"] <= most:
        yield "the group's sizes contradict each other"
    for function in program.of(types.FUNCTION):
        variables = function.mapping("environment", "variables")
        if sum(len(name) + len(str(value)) for name, value in variables.items()) > 4096 - 200:
            yield f"the environment of {function.name} is larger than Lambda takes"


def _healer(program: Program) -> Iterator[str]:
    """The healer runs with the settings that it is given, and what it logs and tells stays one line."""
    (group,) = program.of(types.GROUP)
    every = [each.inputs["environment"]["variables"] for each in program.of(types.FUNCTION)]
    (variables,) = [each for each in every if "HEALER_MODE" in each and "WANTED_TEMPLATE" not in each]
    name = group.inputs["name"]
    given = {"GROUP_NAME": name, "HEALER_POLICY": variables["HEALER_POLICY"], "HEALER_MODE": variables["HEALER_MODE"]}
    world, lines = a_broken_world(seconds=7200, aws=Aws(name=name)), list[str]()
    sweep(world.event(), Context(world.aws), replace(world.surroundings(**given), emit=lines.append))
    subjects = [notice["Subject"] for notice in world.aws.notices]
    yield from (f"the healer tells {text!a}" for text in subjects if not text.isprintable() or len(text) >= 100)
    if len(lines) != 1 or not lines[0].isprintable() or json.loads(lines[0])["group"] != name:
        yield f"the healer logs {lines!a}"


CHECKS: tuple[Callable[[Program], Iterator[str]], ...] = (
    _rules, wrong_names, wrong_tags, _boot, _iam, _arns, _json, _seen, _network, _sizes, _healer,
)  # fmt: skip
"""All of them."""
