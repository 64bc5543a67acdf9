"""Lambda functions; permissions and asynchronous settings are in `lambda_access`."""

from __future__ import annotations

from typing import Any

from embedded_pulumi.aws import tags
from embedded_pulumi.aws.archives import code_hash, zip_bytes
from embedded_pulumi.aws.errors import found
from embedded_pulumi.aws.fields import Changes, Code, Flag, Text, Whole
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource import Change, Resource
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, Fields, ListOf, MapOf, SetOf, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import DiffKind, ProviderError
from embedded_pulumi.values import UNKNOWN, Archive, Asset, Properties

_CONFIGURATION: Fields = {  # what UpdateFunctionConfiguration takes
    "role": Text(required=True),
    "handler": Text(max_length=128),
    "runtime": Text(),
    "description": Text(max_length=256),
    "memorySize": Whole(default=128, at_least=128, at_most=10240),
    "timeout": Whole(default=3, at_least=1, at_most=900),
    "environment": Block(fields={"variables": MapOf()}),
    "deadLetterConfig": Block(fields={"targetArn": Text(required=True)}),
    "ephemeralStorage": Block(computed=True, fields={"size": Whole(computed=True, at_least=512, at_most=10240)}),
    "kmsKeyArn": Text(aws="KMSKeyArn"),
    "layers": ListOf(max_items=5),
    "loggingConfig": Block(
        computed=True,
        fields={
            "applicationLogLevel": Text(computed=True),
            "logFormat": Text(required=True, one_of=("JSON", "Text")),
            "logGroup": Text(computed=True),
            "systemLogLevel": Text(computed=True),
        },
    ),
    "tracingConfig": Block(computed=True, fields={"mode": Text(required=True, one_of=("Active", "PassThrough"))}),
    "vpcConfig": Block(
        fields={
            "subnetIds": SetOf(required=True),
            "securityGroupIds": SetOf(required=True),
            "ipv6AllowedForDualStack": Flag(default=False),
            "vpcId": Text(computed=True),
        }
    ),
}
_S3: Fields = {
    "s3Bucket": Text(),
    "s3Key": Text(),
    "s3ObjectVersion": Text(),
}
_INPUTS: Fields = {
    "name": Text(force_new=True, max_length=64, aws="FunctionName"),
    **_CONFIGURATION,
    **_S3,
    "code": Code(),
    "sourceCodeHash": Text(computed=True),
    "architectures": ListOf(computed=True, max_items=1, item=Text(one_of=("arm64", "x86_64"))),
    "packageType": Text(default="Zip", force_new=True, one_of=("Zip",)),
    "publish": Flag(default=False),
    "reservedConcurrentExecutions": Whole(default=-1, at_least=-1),
    "skipDestroy": Flag(default=False),
    "tenancyConfig": Block(force_new=True, fields={"tenantIsolationMode": Text(required=True)}),
}
_RESETS: dict[str, Any] = {  # what tells Lambda to forget a setting that the program took back
    "description": "",
    "environment": {"Variables": {}},
    "deadLetterConfig": {"TargetArn": ""},
    "kmsKeyArn": "",
    "layers": [],
    "vpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
_CODE = ("code", "sourceCodeHash", "architectures", *_S3)


def _code(props: Properties) -> dict[str, Any]:
    """Where the code comes from, as both CreateFunction and UpdateFunctionCode take it."""
    if props.get("code"):
        return {"ZipFile": zip_bytes(props["code"])}
    return request(_S3, props)


def _configuration(props: Properties) -> dict[str, Any]:
    asked = request(_CONFIGURATION, props)
    if "VpcConfig" in asked:
        asked["VpcConfig"].pop("VpcId", None)  # AWS tells it and does not take it
    return asked


def _create(aws: Session, props: Properties) -> str:
    answer = aws.lambda_.create_function(
        **_configuration(props),
        **request(_INPUTS, props, ("name", "architectures", "packageType", "publish", "tenancyConfig")),
        Code=_code(props),
        Tags=props["tagsAll"],
    )
    return str(answer["FunctionName"])


def _settle(aws: Session, id_: str, props: Properties) -> None:
    _wait_ready(aws, id_)
    _set_concurrency(aws, id_, props["reservedConcurrentExecutions"])


def _wait_ready(aws: Session, id_: str) -> None:
    """Wait until the last change of a function is done: until then it refuses the next one."""
    wait_for(f"function {id_}", lambda: _ready(aws.lambda_.get_function_configuration(FunctionName=id_)))


def _ready(function: dict[str, Any]) -> bool | None:
    state, update = function.get("State", "Active"), function.get("LastUpdateStatus", "Successful")
    if "Failed" in (state, update):
        raise ProviderError(function.get("StateReason") or function.get("LastUpdateStatusReason") or "it failed")
    return True if state in ("Active", "Inactive") and update == "Successful" else None


def _set_concurrency(aws: Session, id_: str, reserved: int) -> None:
    if reserved >= 0:
        aws.lambda_.put_function_concurrency(FunctionName=id_, ReservedConcurrentExecutions=reserved)


def _read(aws: Session, id_: str, state: Properties) -> Properties | None:
    answer = found(lambda: aws.lambda_.get_function(FunctionName=id_))
    if answer is None:
        return None
    function = answer["Configuration"]
    reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1)
    return {
        "name": function["FunctionName"],
        **response(_CONFIGURATION, function),
        **_read_blocks(function),
        **response(_INPUTS, function, ("architectures", "packageType", "tenancyConfig")),
        "reservedConcurrentExecutions": reserved,
        "codeSha256": function["CodeSha256"],
        "sourceCodeHash": state.get("sourceCodeHash") if _hash_given(state) else function["CodeSha256"],
        "sourceCodeSize": function["CodeSize"],
        "lastModified": function["LastModified"],
        **_read_arns(aws, function, _version(aws, id_, state)),
        "tagsAll": tags.from_map(answer.get("Tags")),
    }


def _hash_given(state: Properties) -> bool:
    """Whether the program sets a hash other than that of the code."""
    given = state.get("sourceCodeHash")
    return bool(given and given != state.get("codeSha256"))


def _read_blocks(function: dict[str, Any]) -> Properties:
    """The blocks of a function; None for one in which nothing is set, although AWS shows it."""
    answer = response(_CONFIGURATION, function, ("environment", "vpcConfig", "deadLetterConfig"))
    if not (answer["environment"] or {}).get("variables"):
        answer["environment"] = None
    if not (answer["vpcConfig"] or {}).get("subnetIds"):
        answer["vpcConfig"] = None
    if not (answer["deadLetterConfig"] or {}).get("targetArn"):
        answer["deadLetterConfig"] = None
    answer["layers"] = [each["Arn"] for each in function.get("Layers", ())]
    return answer


def _version(aws: Session, id_: str, state: Properties) -> str:
    """The newest published version, or the unpublished one."""
    if not state.get("publish"):
        return "$LATEST"
    pages = aws.lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=id_)
    versions = [each["Version"] for page in pages for each in page["Versions"]]
    return str(max(versions, key=lambda each: int(each) if each.isdigit() else 0))


def _read_arns(aws: Session, function: dict[str, Any], version: str) -> Properties:
    arn = function["FunctionArn"].removesuffix(":$LATEST")
    qualified = f"{arn}:{version}"
    return {
        "arn": arn,
        "version": version,
        "qualifiedArn": qualified,
        "invokeArn": _invoke_arn(aws, arn),
        "qualifiedInvokeArn": _invoke_arn(aws, qualified),
        "responseStreamingInvokeArn": (
            f"arn:{aws.partition}:apigateway:{aws.region}:lambda:path/2021-11-15/functions/{arn}"
            "/response-streaming-invocations"
        ),
        "signingJobArn": function.get("SigningJobArn", ""),
        "signingProfileVersionArn": function.get("SigningProfileVersionArn", ""),
    }


def _invoke_arn(aws: Session, arn: str) -> str:
    return f"arn:{aws.partition}:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _compare(state: Properties, news: Properties) -> Changes:
    """Compare the code with the code that runs: an archive with the same path may have another content."""
    code, old = news.get("code"), state.get("code")
    if code is None or code is UNKNOWN or not state.get("codeSha256"):
        return {}
    if code.elided:
        same = not isinstance(old, (Archive, Asset)) or old.hash == code.hash
    else:
        same = code_hash(zip_bytes(code)) == state["codeSha256"]
    return {} if same else {"code": DiffKind.UPDATE}


def _update(aws: Session, id_: str, change: Change) -> None:
    changed = [name for name in _CONFIGURATION if change.has(name)]
    if changed:
        asked = _configuration(change.new)
        for name in changed:
            if change.new.get(name) is None and name in _RESETS:
                asked[_CONFIGURATION[name].aws or name[:1].upper() + name[1:]] = _RESETS[name]
        aws.lambda_.update_function_configuration(FunctionName=id_, **asked)
        _wait_ready(aws, id_)
    recoded = bool(_compare(change.old, change.new)) or change.has(*_CODE)
    if recoded:
        architectures = request(_INPUTS, change.new, ("architectures",))
        aws.lambda_.update_function_code(FunctionName=id_, **_code(change.new), **architectures)
        _wait_ready(aws, id_)
    if change.new["publish"] and (changed or recoded or change.has("publish")):
        aws.lambda_.publish_version(FunctionName=id_)
    if change.has("reservedConcurrentExecutions"):
        _update_concurrency(aws, id_, change.new["reservedConcurrentExecutions"])


def _update_concurrency(aws: Session, id_: str, reserved: int) -> None:
    if reserved < 0:
        aws.lambda_.delete_function_concurrency(FunctionName=id_)
    else:
        _set_concurrency(aws, id_, reserved)


def _delete(aws: Session, id_: str, state: Properties) -> None:
    if not state.get("skipDestroy"):
        aws.lambda_.delete_function(FunctionName=id_)


def _retag(aws: Session, id_: str, state: Properties, written: dict[str, str], removed: list[str]) -> None:
    del id_
    if removed:
        aws.lambda_.untag_resource(Resource=state["arn"], TagKeys=removed)
    if written:
        aws.lambda_.tag_resource(Resource=state["arn"], Tags=written)


_NEW_CODE = ("code", *_S3)

FUNCTION = Resource(
    type_="aws:lambda/function:Function",
    inputs=_INPUTS,
    outputs=(
        "arn",
        "codeSha256",
        "invokeArn",
        "lastModified",
        "qualifiedArn",
        "qualifiedInvokeArn",
        "responseStreamingInvokeArn",
        "signingJobArn",
        "signingProfileVersionArn",
        "sourceCodeSize",
        "version",
    ),
    unsupported=(
        "capacityProviderConfig",
        "codeSha256",
        "codeSigningConfigArn",
        "durableConfig",
        "fileSystemConfig",
        "imageConfig",
        "imageUri",
        "publishTo",
        "replaceSecurityGroupsOnDestroy",
        "replacementSecurityGroupIds",
        "snapStart",
        "sourceKmsKeyArn",
        "useResourceTimeoutForPropagation",
    ),
    name=AutoName(max_length=64, unless=()),
    exactly_one=(("code", "s3Bucket"),),
    compare=_compare,
    renewed={
        **dict.fromkeys(("lastModified", "version", "qualifiedArn", "qualifiedInvokeArn"), ()),
        **dict.fromkeys(("codeSha256", "sourceCodeHash", "sourceCodeSize"), _NEW_CODE),
    },
    create=_create,
    locate=lambda _, props: str(props["name"]),
    settle=_settle,
    read=_read,
    update=_update,
    delete=_delete,
    retag=_retag,
)

RESOURCES = (FUNCTION,)
