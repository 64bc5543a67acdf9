"""Lambda functions; permissions and asynchronous settings are in `lambda_access`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from embedded_pulumi.aws.archives import code_hash, zip_bytes
from embedded_pulumi.aws.ec2_calls import by_filter, wait_gone
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Changes, Code, Flag, Text, Whole
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, MapOf, SetOf, pascal, request, response
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, DiffKind, ProviderError
from embedded_pulumi.values import Archive, Asset, Properties

RUNTIMES = (
    *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10"),
    *(f"nodejs{version}.x" for version in range(10, 27, 2)),
    *("java8", "java8.al2", "java11", "java17", "java21", "java25"),
    *("python2.7", *(f"python3.{minor}" for minor in range(6, 16))),
    *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "dotnet8", "dotnet10"),
    *("go1.x", "ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0"),
    *("provided", "provided.al2", "provided.al2023"),
)
"""All that Lambda's API has (botocore 1.44.5)."""

_VARIABLE = "[a-zA-Z][a-zA-Z0-9_]+"  # EnvironmentVariableName of the same
_CONFIGURATION: Fields = {  # what UpdateFunctionConfiguration takes
    "role": ArnText(required=True),
    "handler": Text(min_length=1, max_length=128),
    "runtime": Text(one_of=RUNTIMES),
    "description": Text(),
    "memorySize": Whole(default=128, at_least=128, at_most=10240),
    "timeout": Whole(default=3, at_least=1, at_most=900),
    "environment": Block(empty_is_none=True, fields={"variables": MapOf(key_pattern=_VARIABLE)}),
    "deadLetterConfig": Block(fields={"targetArn": ArnText(required=True)}),
    "ephemeralStorage": Block(computed=True, fields={"size": Whole(computed=True, at_least=512, at_most=10240)}),
    "kmsKeyArn": ArnText(aws="KMSKeyArn"),
    "layers": ListOf(item=ArnText(), max_items=5),
    "loggingConfig": Block(
        computed=True,
        fields={
            "applicationLogLevel": Text(computed=True, one_of=("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "")),
            "logFormat": Text(required=True, one_of=("JSON", "Text")),
            "logGroup": Text(computed=True, min_length=1, max_length=512, pattern=r"[.\-_/#A-Za-z0-9]+"),
            "systemLogLevel": Text(computed=True, one_of=("DEBUG", "INFO", "WARN", "")),
        },
    ),
    "tracingConfig": Block(computed=True, fields={"mode": Text(required=True, one_of=("Active", "PassThrough"))}),
    "vpcConfig": Block(
        empty_is_none=True,
        fields={
            "subnetIds": SetOf(required=True),
            "securityGroupIds": SetOf(required=True),
            "ipv6AllowedForDualStack": Flag(default=False),
            "vpcId": Text(computed=True),
        },
    ),
}
_S3: Fields = {
    "s3Bucket": Text(),
    "s3Key": Text(),
    "s3ObjectVersion": Text(),
}
_PATIENCE = 600.0  # seconds
_RESETS: dict[str, Any] = {  # what tells Lambda to forget a setting that the program took back
    "description": "",
    "environment": {"Variables": {}},
    "deadLetterConfig": {"TargetArn": ""},
    "kmsKeyArn": "",
    "layers": [],
    "vpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
_BLOCKS = {"environment": "variables", "vpcConfig": "subnetIds", "deadLetterConfig": "targetArn"}
"""Blocks that AWS shows although nothing is set in them, and what is set if anything is."""


_RECODED = ("code", "codeSha256", "sourceCodeHash", "architectures", *_S3)
_VERSIONED = ("version", "qualifiedArn", "qualifiedInvokeArn")


class LambdaFunction(ResourceType):
    """A function, with the code that is in its archive or in S3.

    Source: terraform-provider-aws/internal/service/lambda/function.go (0156d84e6bb4, 2025) and validate.go (0210c547).
    """

    type_ = "aws:lambda/function:Function"
    inputs = {
        "name": Text(force_new=True, max_length=64, pattern=r"[A-Za-z0-9_-]+", aws="FunctionName"),
        **_CONFIGURATION,
        **_S3,
        "code": Code(),
        "codeSha256": Text(computed=True),
        "sourceCodeHash": Text(computed=True),
        "architectures": ListOf(computed=True, max_items=1, item=Text(one_of=("arm64", "x86_64"))),
        "packageType": Text(default="Zip", force_new=True, one_of=("Zip",)),
        "publish": Flag(default=False),
        "reservedConcurrentExecutions": Whole(default=-1, at_least=-1),
        "skipDestroy": Flag(default=False),
        "replaceSecurityGroupsOnDestroy": Flag(),
        "replacementSecurityGroupIds": SetOf(),
        "useResourceTimeoutForPropagation": Flag(),
        "tenancyConfig": Block(
            force_new=True, fields={"tenantIsolationMode": Text(required=True, one_of=("PER_TENANT",))}
        ),
    }
    outputs = (
        "arn",
        "invokeArn",
        "lastModified",
        "qualifiedArn",
        "qualifiedInvokeArn",
        "responseStreamingInvokeArn",
        "signingJobArn",
        "signingProfileVersionArn",
        "sourceCodeSize",
        "version",
    )
    unsupported = (
        "capacityProviderConfig",
        "codeSigningConfigArn",
        "durableConfig",
        "fileSystemConfig",
        "imageConfig",
        "imageUri",
        "publishTo",
        "snapStart",
        "sourceKmsKeyArn",
    )
    name = AutoName(max_length=64, unless=())
    exactly_one = (("code", "s3Bucket"),)
    at_most_one = (("code", "s3ObjectVersion"),)
    required_with = {
        "s3Bucket": ("s3Key",),
        "s3Key": ("s3Bucket",),
        "replacementSecurityGroupIds": ("replaceSecurityGroupsOnDestroy",),
    }
    renewed = {
        "lastModified": _RECODED,
        **dict.fromkeys(_VERSIONED, (*_CONFIGURATION, *_RECODED, "publish")),
    }
    tagging = Tagging(service="lambda", target="Resource", by_arn=True, pair=())

    def create(self, aws: Session, props: Properties) -> str:
        answer = aws.lambda_.create_function(
            **self._configuration(props),
            **request(self.inputs, props, ("name", "architectures", "packageType", "publish", "tenancyConfig")),
            Code=self._code(props),
            Tags=props["tagsAll"],
        )
        return str(answer["FunctionName"])

    def _configuration(self, props: Properties) -> dict[str, Any]:
        asked = request(_CONFIGURATION, props)
        if "VpcConfig" in asked:
            asked["VpcConfig"].pop("VpcId", None)  # AWS tells it and does not take it
        return asked

    def _code(self, props: Properties) -> dict[str, Any]:
        """Where the code comes from, as both CreateFunction and UpdateFunctionCode take it."""
        return {"ZipFile": zip_bytes(props["code"])} if props.get("code") else request(_S3, props)

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        self._wait_ready(aws, id_)
        self._set_concurrency(aws, id_, props["reservedConcurrentExecutions"])

    def _wait_ready(self, aws: Session, id_: str) -> None:
        """Wait until the last change of a function is done: until then it refuses the next one."""

        def ready() -> bool | None:
            told = aws.lambda_.get_function_configuration(FunctionName=id_)
            state, update = told.get("State", "Active"), told.get("LastUpdateStatus", "Successful")
            if "Failed" in (state, update):
                raise ProviderError(told.get("StateReason") or told.get("LastUpdateStatusReason") or "it failed")
            usable = state in ("Active", "ActiveNonInvocable", "Inactive")
            return True if usable and update == "Successful" else None

        wait_for(f"function {id_}", ready, timeout=_PATIENCE)

    def _set_concurrency(self, aws: Session, id_: str, reserved: int) -> None:
        if reserved >= 0:
            aws.lambda_.put_function_concurrency(FunctionName=id_, ReservedConcurrentExecutions=reserved)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.lambda_.get_function, FunctionName=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        function = found["Configuration"]
        told = response(_CONFIGURATION, function)
        unset = [block for block, key in _BLOCKS.items() if not (told[block] or {}).get(key)]
        return {
            "name": function["FunctionName"],
            **told,
            **dict.fromkeys(unset),
            "layers": [each["Arn"] for each in function.get("Layers", ())],
            **response(self.inputs, function, ("architectures", "packageType", "tenancyConfig")),
            "reservedConcurrentExecutions": found.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
            "codeSha256": function["CodeSha256"],
            "sourceCodeHash": state.get("sourceCodeHash") or "",  # the program's; AWS has no such thing
            "sourceCodeSize": function["CodeSize"],
            "lastModified": function["LastModified"],
            **self._arns(aws, function["FunctionArn"].removesuffix(":$LATEST"), self._version(aws, id_)),
            "signingJobArn": function.get("SigningJobArn", ""),
            "signingProfileVersionArn": function.get("SigningProfileVersionArn", ""),
        }

    def _version(self, aws: Session, id_: str) -> str:
        """The newest published version; the unpublished one if there is none."""
        pages = aws.lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=id_)
        versions = [each["Version"] for page in pages for each in page["Versions"]]
        return str(max(versions, key=lambda each: int(each) if each.isdigit() else 0))

    def _arns(self, aws: Session, arn: str, version: str) -> Properties:
        qualified = f"{arn}:{version}"
        gateway = f"arn:{aws.partition}:apigateway:{aws.region}:lambda:path"
        return {
            "arn": arn,
            "version": version,
            "qualifiedArn": qualified,
            "invokeArn": f"{gateway}/2015-03-31/functions/{arn}/invocations",
            "qualifiedInvokeArn": f"{gateway}/2015-03-31/functions/{qualified}/invocations",
            "responseStreamingInvokeArn": f"{gateway}/2021-11-15/functions/{arn}/response-streaming-invocations",
        }

    def compare(self, state: Properties, news: Properties) -> Changes:
        """Compare the program's code with its last one. The code that runs does not count, whoever has changed it."""
        code, old = news.get("code"), state.get("code")
        if not isinstance(code, (Archive, Asset)) or not isinstance(old, (Archive, Asset)):
            return {}
        return {} if self._content(old) == self._content(code) else {"code": DiffKind.UPDATE}

    def _content(self, code: Archive | Asset) -> str:
        return code.hash or code_hash(zip_bytes(code))

    def renews(self, change: Change, changed: Collection[str]) -> Collection[str]:
        """The outputs with new values: a new version only if one is published."""
        renewed = super().renews(change, changed)
        return [name for name in renewed if name not in _VERSIONED or change.new.get("publish")]

    def update(self, aws: Session, id_: str, change: Change) -> None:
        changed = [name for name in _CONFIGURATION if change.has(name)]
        if changed:
            asked = self._configuration(change.new)
            for name in changed:
                if change.new.get(name) is None and name in _RESETS:
                    asked[_CONFIGURATION[name].aws or pascal(name)] = _RESETS[name]
            aws.lambda_.update_function_configuration(FunctionName=id_, **asked)
            self._wait_ready(aws, id_)
        recoded = self.compare(change.old, change.new) or change.has(*_RECODED)
        if recoded:
            architectures = request(self.inputs, change.new, ("architectures",))
            aws.lambda_.update_function_code(FunctionName=id_, **self._code(change.new), **architectures)
            self._wait_ready(aws, id_)
        if change.has("reservedConcurrentExecutions"):
            reserved = change.new["reservedConcurrentExecutions"]
            if reserved < 0:
                aws.lambda_.delete_function_concurrency(FunctionName=id_)
            self._set_concurrency(aws, id_, reserved)
        if change.new["publish"] and (changed or recoded or change.has("publish")):
            aws.lambda_.publish_version(FunctionName=id_)

    def check(self, inputs: Properties) -> list[CheckFailure]:
        missing = [name for name in ("handler", "runtime") if not inputs.get(name)]
        return [CheckFailure(name, "must be set when packageType is Zip") for name in missing]

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if state.get("skipDestroy"):
            return
        if state.get("replaceSecurityGroupsOnDestroy") and state.get("vpcConfig"):
            self._leave_groups(aws, id_, state)
        aws.lambda_.delete_function(FunctionName=id_)
        wait_gone(f"function {id_}", lambda: self.find(aws, id_, state), timeout=_PATIENCE)

    def _leave_groups(self, aws: Session, id_: str, state: Properties) -> None:
        """Move the function to other security groups, or to the network's default one: its own can be deleted then."""
        network, groups = state["vpcConfig"], state.get("replacementSecurityGroupIds")
        if not groups:
            filters = by_filter("vpc-id", network["vpcId"]) + by_filter("group-name", "default")
            groups = [each["GroupId"] for each in aws.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]]
        moved = {"SubnetIds": network["subnetIds"], "SecurityGroupIds": groups}
        aws.lambda_.update_function_configuration(FunctionName=id_, VpcConfig=moved)
        self._wait_ready(aws, id_)


TYPES = (LambdaFunction,)
