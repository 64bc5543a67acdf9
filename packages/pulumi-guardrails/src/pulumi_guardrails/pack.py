"""The same rules as policies of a Pulumi policy pack, for `pulumi preview --policy-pack policy`.

A rule about one resource alone becomes a resource policy, which the engine asks before it creates the resource; a rule
about several becomes a stack policy, which it asks when a preview ends. pulumi_policy is imported when the policies are
made: it is needed by the pack alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import pulumi

from embedded_pulumi.engine.urn import STACK_TYPE
from embedded_pulumi.values import UNKNOWN, Archive, Asset
from pulumi_guardrails.catalogue import rules
from pulumi_guardrails.exceptions import Exemption
from pulumi_guardrails.model import Options, Plain, Program, Resource, bound
from pulumi_guardrails.rule import MANDATORY, OfOne, Rule

NOT_IN_A_PACK = frozenset({"component-outputs", "network-outputs", "remote-components", "stack-outputs"})
"""The engine tells an analyzer neither what components register as outputs, nor what a stack's outputs refer to. It
does show it what a remote component consists of."""

EXCEPTIONS = "exceptions"
"""The name of the policy that prints the exceptions in force."""


def policies(exemptions: Iterable[Exemption], today: str) -> list[Any]:
    """A policy for each rule that a pack can decide, and one that prints the exceptions.

    Args:
        exemptions: From `guardrails.yaml`.
        today: The date, as `2027-06-30`: an exception that has ended excepts nothing.

    Raises:
        ModuleNotFoundError: pulumi_policy is not installed.
    """
    sdk: Any = import_module("pulumi_policy")
    in_force = [each for each in exemptions if each.expires >= today]
    made = [_policy(sdk, rule, in_force) for rule in rules() if rule.id not in NOT_IN_A_PACK]
    return [*made, _exceptions(sdk, in_force)]


def _policy(sdk: Any, rule: Rule, exemptions: Sequence[Exemption]) -> Any:
    def reported(found: Iterable[Any], report: Callable[..., None]) -> None:
        for each in found:
            if not any(exemption.covers(rule.id, each.urn) for exemption in exemptions):
                report(f"{each.message}. {rule.mend}", each.urn)

    described = _described(sdk, rule)
    if isinstance(rule.judge, OfOne):
        return sdk.ResourceValidationPolicy(
            validate=lambda args, report: reported(rule.judge(_one(args)), report), **described
        )
    return sdk.StackValidationPolicy(
        validate=lambda args, report: reported(rule.judge(_all(args)), report), **described
    )


def _described(sdk: Any, rule: Rule) -> dict[str, Any]:
    mandatory = rule.severity is MANDATORY
    return {
        "name": rule.id,
        "display_name": rule.title,
        "description": f"{rule.title}. {rule.why}",
        "enforcement_level": sdk.EnforcementLevel.MANDATORY if mandatory else sdk.EnforcementLevel.ADVISORY,
        "severity": sdk.Severity.HIGH if mandatory else sdk.Severity.LOW,
        "remediation_steps": rule.mend,
        "tags": list(rule.controls),
    }


def _exceptions(sdk: Any, exemptions: Sequence[Exemption]) -> Any:
    def told(_: Any, report: Callable[..., None]) -> None:
        for each in exemptions:
            report(f"exception to {each.rule} for {each.urn} until {each.expires}: {each.reason}")

    return sdk.StackValidationPolicy(
        name=EXCEPTIONS,
        description="The exceptions to these policies that are in force.",
        validate=told,
        enforcement_level=sdk.EnforcementLevel.ADVISORY,
    )


def _one(args: Any) -> Program:
    """A program of the one resource that a resource policy is asked about."""
    resource = Resource(args.urn, args.resource_type, args.name, _plain(args.props), options=_options(args.opts))
    return Program((resource,))


def _all(args: Any) -> Program:
    """The program that a stack policy is asked about."""
    regions = {_get(each.provider.props, "region") for each in args.resources if each.provider is not None}
    known = sorted(region for region in regions if isinstance(region, str))
    return Program(tuple(map(_resource, args.resources)), region=known[0] if len(known) == 1 else "")


def _resource(args: Any) -> Resource:
    references = {name: tuple(sorted(each.urn for each in found)) for name, found in args.property_dependencies.items()}
    is_stack = args.resource_type == STACK_TYPE
    inputs = {name: bound(value, references.get(name, ())) for name, value in _plain(args.props).items()}
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        inputs={} if is_stack else inputs,
        parent=args.parent.urn if args.parent is not None else "",
        custom=not is_stack,
        options=_options(args.opts),
        references=references,
        outputs=inputs if is_stack else None,
    )


def _options(opts: Any) -> Options:
    return Options(
        protect=opts.protect,
        delete_before_replace=opts.delete_before_replace,
        ignore_changes=tuple(opts.ignore_changes),
    )


def _plain(value: Any) -> Plain:
    """A value of the policy SDK as rules see it: its proxies raise where a value is not known."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {name: _get(value, name) for name in value}
    if isinstance(value, Sequence):
        return [_get(value, position) for position in range(len(value))]
    return _ASSETS[type(value)](value)


_ASSETS: Mapping[type, Callable[[Any], Asset | Archive]] = {
    pulumi.StringAsset: lambda asset: Asset(text=asset.text),
    pulumi.FileAsset: lambda asset: Asset(path=str(asset.path)),
    pulumi.RemoteAsset: lambda asset: Asset(path=asset.uri),
    pulumi.AssetArchive: lambda archive: Archive(assets={name: _plain(item) for name, item in archive.assets.items()}),
    pulumi.FileArchive: lambda archive: Archive(path=str(archive.path)),
    pulumi.RemoteArchive: lambda archive: Archive(path=archive.uri),
}


def _get(owner: Any, key: str | int) -> Plain:
    try:
        return _plain(owner[key])
    except _not_known():
        return UNKNOWN
    except KeyError:
        return None


@cache
def _not_known() -> type[Exception]:
    """What the policy SDK raises where a value is not known."""
    raised: type[Exception] = import_module("pulumi_policy.proxy").UnknownValueError
    return raised
