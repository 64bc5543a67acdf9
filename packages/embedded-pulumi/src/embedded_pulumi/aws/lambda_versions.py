"""Lambda: aliases, which name a version of a function, and versions of layers."""

from __future__ import annotations

import re
from typing import Any

from embedded_pulumi.aws.archives import code_hash, zip_bytes
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Changes, Code, Flag, Number, Text
from embedded_pulumi.aws.lambda_ import RUNTIMES
from embedded_pulumi.aws.lambda_sources import FunctionText, name_in
from embedded_pulumi.aws.naming import AutoName
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, MapOf, SetOf, request, response
from embedded_pulumi.aws.waiting import wait_for
from embedded_pulumi.provider import CheckFailure, DiffKind, ProviderError
from embedded_pulumi.values import UNKNOWN, Archive, Asset, Properties

_ALIAS_ID = re.compile(r"(?P<function>arn:[^:]+:lambda:[^:]+:[^:]+:function:[^:]+|.+)[:/](?P<name>[^:/]+)")
_LAYER = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:layer:(?P<name>[^:]+):(?P<version>\d+)")
_PATIENCE = 900.0  # seconds


class LambdaAlias(ResourceType):
    """A name for a version of a function, or for two that share its events. Its id is its ARN.

    Source: terraform-provider-aws/internal/service/lambda/alias.go (029aff97f173, 2026), read on 2026-12-01.
    """

    type_ = "aws:lambda/alias:Alias"
    inputs = {
        "name": Text(force_new=True),
        "description": Text(tells_empty=True),
        "functionName": FunctionText(required=True, force_new=True),
        "functionVersion": Text(required=True),
        "routingConfig": Block(empty_is_none=True, fields={"additionalVersionWeights": MapOf(item=Number())}),
    }
    outputs = ("arn", "invokeArn")
    name = AutoName(unless=())

    def _asked(self, props: Properties) -> dict[str, Any]:
        return {"RoutingConfig": {}, **request(self.inputs, props)}

    def create(self, aws: Session, props: Properties) -> str:
        return str(aws.lambda_.create_alias(**self._asked(props))["AliasArn"])

    def locate(self, aws: Session, props: Properties) -> str:
        function = name_in(props["functionName"]) or props["functionName"]
        return aws.arn("lambda", f"function:{function}:{props['name']}")

    def _place(self, id_: str, state: Properties) -> dict[str, str]:
        """Function and alias, from the state or the id of an import, `<function>/<alias>` or an ARN."""
        if state.get("functionName"):
            return {"FunctionName": str(state["functionName"]), "Name": str(state["name"])}
        found = _ALIAS_ID.fullmatch(id_)
        if found is None:
            raise ProviderError(f"{id_!r} is not an alias's import id; accepted: <function>/<alias>")
        return {"FunctionName": str(name_in(found["function"]) or found["function"]), "Name": found["name"]}

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.lambda_.get_alias, **self._place(id_, state))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        arn = found["AliasArn"]
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
        gateway = f"arn:{aws.partition}:apigateway:{aws.region}:lambda:path"
        return {
            "id": arn,
            "arn": arn,
            "description": found.get("Description", ""),
            "functionName": self._place(id_, state)["FunctionName"],
            "functionVersion": found["FunctionVersion"],
            "invokeArn": f"{gateway}/2015-03-31/functions/{arn}/invocations",
            "name": found["Name"],
            "routingConfig": self.inputs["routingConfig"].from_aws(found["RoutingConfig"]) if weights else None,
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        asked = self._asked(change.new)
        aws.lambda_.update_alias(**asked)
        if not asked["RoutingConfig"]:
            wait_for(f"the weights of {id_} to be gone", lambda: self._plain(aws, id_, change.new), timeout=_PATIENCE)

    def _plain(self, aws: Session, id_: str, state: Properties) -> bool | None:
        found = self.find(aws, id_, state) or {}
        return None if (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") else True

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        aws.lambda_.delete_alias(**self._place(id_, state))


class LayerVersion(ResourceType):
    """A version of a layer. Its id is its ARN, and every change is a new version.

    Source: terraform-provider-aws/internal/service/lambda/layer_version.go (05389d465b6e, 2021), read on 2026-12-01;
    `skipDestroy`, which is newer, and was called `retain` there, by its documentation.
    """

    type_ = "aws:lambda/layerVersion:LayerVersion"
    inputs = {
        "layerName": Text(required=True, force_new=True),
        "code": Code(force_new=True),
        "compatibleArchitectures": SetOf(force_new=True, max_items=2, item=Text(one_of=("x86_64", "arm64"))),
        "compatibleRuntimes": SetOf(force_new=True, max_items=15, item=Text(one_of=RUNTIMES)),
        "description": Text(force_new=True),
        "licenseInfo": Text(force_new=True, max_length=512),
        "s3Bucket": Text(force_new=True),
        "s3Key": Text(force_new=True),
        "s3ObjectVersion": Text(force_new=True),
        "skipDestroy": Flag(default=False),
        "sourceCodeHash": Text(computed=True, force_new=True),
    }
    outputs = (
        *("arn", "codeSha256", "createdDate", "layerArn", "signingJobArn", "signingProfileVersionArn"),
        *("sourceCodeSize", "version"),
    )
    at_most_one = (("code", "s3Bucket"), ("code", "s3Key"), ("code", "s3ObjectVersion"))
    _TOLD = ("compatibleArchitectures", "compatibleRuntimes", "description", "layerName", "licenseInfo")

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if any(inputs.get(name) is UNKNOWN for name in ("code", "s3Bucket", "s3Key")) or inputs.get("code"):
            return []
        missing = [name for name in ("s3Bucket", "s3Key") if not inputs.get(name)]
        return [CheckFailure(missing[0], "is required without code")] if missing else []

    def create(self, aws: Session, props: Properties) -> str:
        code = props.get("code")
        content = {"ZipFile": zip_bytes(code)} if code else request(self.inputs, props, _S3)
        made = aws.lambda_.publish_layer_version(Content=content, **request(self.inputs, props, self._TOLD))
        return str(made["LayerVersionArn"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Nothing: versions of a layer cannot be told apart by what made them."""
        return None

    def _place(self, id_: str) -> dict[str, Any]:
        found = _LAYER.fullmatch(id_)
        if found is None:
            raise ProviderError(f"{id_!r} is not a layer version's import id; accepted: its ARN")
        return {"LayerName": found["name"], "VersionNumber": int(found["version"])}

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.lambda_.get_layer_version, **self._place(id_))

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        content = found["Content"]
        return {
            **response(self.inputs, found, self._TOLD),
            "arn": found["LayerVersionArn"],
            "codeSha256": content["CodeSha256"],
            "createdDate": found["CreatedDate"],
            "layerArn": found["LayerArn"],
            "layerName": self._place(id_)["LayerName"],
            "signingJobArn": content.get("SigningJobArn", ""),
            "signingProfileVersionArn": content.get("SigningProfileVersionArn", ""),
            "sourceCodeHash": state.get("sourceCodeHash") or "",  # the program's; AWS has no such thing
            "sourceCodeSize": content["CodeSize"],
            "version": str(found["Version"]),
        }

    def compare(self, state: Properties, news: Properties) -> Changes:
        """Compare the program's code with its last one."""
        code, old = news.get("code"), state.get("code")
        if not isinstance(code, (Archive, Asset)) or not isinstance(old, (Archive, Asset)):
            return {}
        return {} if _content(old) == _content(code) else {"code": DiffKind.UPDATE_REPLACE}

    def update(self, aws: Session, id_: str, change: Change) -> None:
        """Only the provider's own switch changes in place."""

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        if not state.get("skipDestroy"):
            aws.lambda_.delete_layer_version(**self._place(id_))


_S3 = ("s3Bucket", "s3Key", "s3ObjectVersion")


def _content(code: Archive | Asset) -> str:
    return code.hash or code_hash(zip_bytes(code))


TYPES = (LambdaAlias, LayerVersion)
