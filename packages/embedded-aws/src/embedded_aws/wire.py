"""AWS's wire protocols on the server's side: an HTTP request to a boto3-shaped call, and an answer back to bytes.

Which operation a request means and what its parameters are is read with moto's own router and parsers, results are
written with moto's serializers, and moto's answers are read back with botocore's parsers: all four are driven by the
service models of botocore, so whatever boto3 can say is understood. Only errors are written here, because moto's error
serializer knows nothing of errors outside a service model (`AccessDenied`, `Throttling`).

Protocols: `ec2` and `query` (form in, XML out), `json`, `rest-json`, `rest-xml`. CloudWatch's third one, Smithy RPC v2
CBOR, is refused by name: botocore up to 1.44 speaks JSON to CloudWatch, and AWS CLI with it.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.utils import parse_timestamp
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from werkzeug.exceptions import NotFound

from embedded_aws import xml_results
from embedded_aws.calls import AwsError

SERVICE_OF_SIGNING_NAME = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
}
"""Where the name in the signature is not botocore's service name."""

FIRST_ERROR_STATUS = 300
CONFIRM = "ConfirmSubscription"
"""botocore's border: an HTTP status from here on is an error."""

FIRST_FAULT_STATUS = 500
"""From here on the fault is the service's and not the caller's."""

XML_SERVICES = frozenset({"cloudfront", "route53", "s3"})
"""Services of the protocol `rest-xml`."""

RPC_PROTOCOLS = frozenset({"ec2", "query", "json"})
"""Protocols whose every call goes to the path `/`."""


@dataclass(frozen=True)
class Scope:
    """What a Signature Version 4 says before anything else is read: who, where and which service."""

    access_key: str
    region: str
    service: str


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Inbound:
    """One HTTP request that names an operation of a service.

    Attributes:
        environ: A WSGI environ without a body; `wsgi_environ()` puts the body back.
        operation: botocore's model of the operation (moto's subclass of it).
        protocol: One of `ec2`, `query`, `json`, `rest-json`, `rest-xml`.
    """

    scope: Scope
    environ: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)
    operation: OperationModel = field(repr=False)
    protocol: str
    params: dict[str, Any]

    def wsgi_environ(self) -> dict[str, Any]:
        """The request as a WSGI server would hand it over, fresh for each reader."""
        return {**self.environ, "wsgi.input": io.BytesIO(self.body)}


def read_scope(environ: dict[str, Any]) -> Scope:
    """Take the credential scope out of the Authorization header.

    One call needs no signature: that by which whoever got a mail of SNS follows the link in it (SNS API reference,
    ConfirmSubscription; its AuthenticateOnUnsubscribe needs one).

    Raises:
        AwsError: there is no signature, or it is not one of Signature Version 4.
    """
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if not authorization:
        if (scope := _scope_of_link(environ)) is not None:
            return scope
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    scheme, _, rest = authorization.partition(" ")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    scope = fields.get("Credential", "").split("/")
    if scheme != "AWS4-HMAC-SHA256" or len(scope) != 5 or scope[4] != "aws4_request":  # noqa: PLR2004 - AWS's five parts
        raise AwsError("IncompleteSignature", "Authorization header requires a Signature Version 4 'Credential'.", 403)
    access_key, _, region, signing_name, _ = scope
    return Scope(access_key, region, SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name))


def _scope_of_link(environ: Mapping[str, Any]) -> Scope | None:
    """Where the link leads that confirms a subscription; None if the request is none."""
    asked = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    topic = asked.get("TopicArn", "").split(":")
    if environ["REQUEST_METHOD"] != "GET" or asked.get("Action") != CONFIRM or len(topic) != 6:  # noqa: PLR2004 - an ARN
        return None
    return None if "AuthenticateOnUnsubscribe" in asked else Scope("anonymous", topic[3], "sns")


def read_request(environ: dict[str, Any], scope: Scope, service_model: ServiceModel) -> Inbound:
    """Find the operation and the parameters of a request.

    Raises:
        AwsError: no operation of the service is meant, or its parameters cannot be read.
    """
    plain, body = _take_body(environ, encoded=scope.service == "s3")
    request = Request({**plain, "wsgi.input": io.BytesIO(body)})
    try:
        protocol = determine_request_protocol(service_model, request.content_type)
        operation, uri_params = get_service_router(scope.service).match(request)
    except (NotFound, NotImplementedError) as error:
        raise _unknown_operation(request, scope) from error
    if protocol in RPC_PROTOCOLS and request.path != "/":
        raise _unknown_operation(request, scope)
    return Inbound(
        scope, plain, body, operation, protocol, _read_params(request, operation, protocol, uri_params, body)
    )


def _take_body(environ: dict[str, Any], *, encoded: bool) -> tuple[dict[str, Any], bytes]:
    """Read the body once, undo gzip (boto3 compresses big PutMetricData calls), and describe it as it is now.

    S3 keeps a body as it is `encoded`: there the header is a property of the object.
    """
    body: bytes = Request(environ).get_data()
    taken = {"wsgi.input", "wsgi.input_terminated", "HTTP_TRANSFER_ENCODING"}
    taken |= set() if encoded else {"HTTP_CONTENT_ENCODING"}
    plain = {name: value for name, value in environ.items() if name not in taken}
    if not encoded and environ.get("HTTP_CONTENT_ENCODING", "").lower() == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise AwsError("SerializationException", "The request body is not what Content-Encoding says.") from error
    plain["CONTENT_LENGTH"] = str(len(body))
    return plain, body


def _read_params(
    request: Request, operation: OperationModel, protocol: str, uri_params: dict[str, Any], body: bytes
) -> dict[str, Any]:
    parser = PROTOCOL_PARSERS[protocol](operation, timestamp_parser=parse_timestamp)
    message: Any = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": body,
        "url_path": request.path,
        "url_params": uri_params,
    }
    try:
        params: dict[str, Any] = parser.parse(message)
    except (ValueError, TypeError, AttributeError, KeyError, RequestParserError) as error:
        raise AwsError("SerializationException", f"The parameters of {operation.name} cannot be read.") from error
    return {name: value for name, value in params.items() if value is not None}


def _unknown_operation(request: Request, scope: Scope) -> AwsError:
    """Each protocol has its own word for an operation that does not exist."""
    if target := request.headers.get("X-Amz-Target"):
        return AwsError("UnknownOperationException", f"{scope.service} has no operation {target}.")
    if action := request.values.get("Action"):
        return AwsError("InvalidAction", f"The action {action} is not valid for {scope.service}.")
    asked = request.headers.get("Smithy-Protocol", f"{request.method} {request.path}")
    return AwsError("UnknownOperationException", f"{scope.service} does not answer {asked} here.", 404)


def with_params(inbound: Inbound, params: Mapping[str, Any]) -> Inbound:
    """The same request with other parameters, for the protocols that have a form in the body (`ec2`, `query`)."""
    request = create_serializer(inbound.protocol).serialize_to_request(dict(params), inbound.operation)
    body = urlencode(request["body"]).encode()
    environ = {**inbound.environ, "CONTENT_LENGTH": str(len(body)), "QUERY_STRING": ""}
    return replace(inbound, environ=environ, body=body, params=dict(params))


def write_result(inbound: Inbound, result: dict[str, Any], request_id: str) -> Answer:
    """Write a boto3-shaped result in the protocol of its request."""
    if inbound.protocol in xml_results.TIMES:
        text = xml_results.write(inbound.protocol, inbound.operation, result, request_id)
        return Answer(HTTPStatus.OK, [("Content-Type", "text/xml")], text)
    serializer_class = get_serializer_class(inbound.scope.service, inbound.protocol)
    written = serializer_class(inbound.operation, context=SerializationContext(request_id)).serialize(result)
    body = written["body"] or b""  # None where a payload member is left out
    headers = [(name, str(value)) for name, value in written["headers"].items()]
    status = _status(inbound, result) or written["status_code"]
    return Answer(status, headers, body.encode() if isinstance(body, str) else body)


def _status(inbound: Inbound, result: dict[str, Any]) -> int | None:
    """The HTTP status where a result says it itself (Lambda's Invoke: 200, 202 or 204)."""
    shape = inbound.operation.output_shape
    members = shape.members.items() if shape is not None else ()
    named = [name for name, member in members if member.serialization.get("location") == "statusCode"]
    return next((int(result[name]) for name in named if name in result), None)


def read_result(inbound: Inbound, answer: Answer) -> dict[str, Any]:
    """Read an answer as boto3 would. Raises AwsError: the answer is an error."""
    parsed = _parse(inbound, answer)
    if answer.status >= FIRST_ERROR_STATUS:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code", str(answer.status)), error.get("Message", ""), answer.status)
    parsed.pop("ResponseMetadata", None)
    return parsed


def _parse(inbound: Inbound, answer: Answer) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in answer.headers}
    message = {"status_code": answer.status, "headers": headers, "body": answer.body}
    parsed: dict[str, Any] = create_parser(inbound.protocol).parse(message, inbound.operation.output_shape)
    return parsed


def error_code(inbound: Inbound, answer: Answer) -> str | None:
    """The AWS error code of an answer, None if it is not an error."""
    if answer.status < FIRST_ERROR_STATUS:
        return None
    code: str = _parse(inbound, answer).get("Error", {}).get("Code", str(answer.status))
    return code


def guess_protocol(environ: dict[str, Any], service: str) -> str:
    """The protocol in which to refuse a request that names no operation; `service` may be unknown (empty)."""
    if service == "ec2":
        return "ec2"
    if service in XML_SERVICES:
        return "rest-xml"
    if "HTTP_X_AMZ_TARGET" in environ:
        return "json"
    is_form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    return "query" if is_form or environ.get("PATH_INFO") == "/" else "rest-json"


def write_error(protocol: str, error: AwsError, request_id: str, service_model: ServiceModel | None = None) -> Answer:
    """Write an error as AWS would in `protocol`; `service_model` knows the exception's name behind its code."""
    return ERROR_WRITERS[protocol](error, request_id, service_model)


def _ec2_error(error: AwsError, request_id: str, _: ServiceModel | None) -> Answer:
    root = ET.Element("Response")
    entry = ET.SubElement(ET.SubElement(root, "Errors"), "Error")
    ET.SubElement(entry, "Code").text = error.code
    ET.SubElement(entry, "Message").text = error.message
    ET.SubElement(root, "RequestID").text = request_id
    return Answer(error.status, [("Content-Type", "text/xml;charset=UTF-8")], ET.tostring(root, "utf-8"))


def _query_error(error: AwsError, request_id: str, _: ServiceModel | None) -> Answer:
    root = ET.Element("ErrorResponse")
    entry = ET.SubElement(root, "Error")
    ET.SubElement(entry, "Type").text = _fault(error)
    ET.SubElement(entry, "Code").text = error.code
    ET.SubElement(entry, "Message").text = error.message
    ET.SubElement(root, "RequestId").text = request_id
    return Answer(error.status, [("Content-Type", "text/xml")], ET.tostring(root, "utf-8"))


def _json_error(error: AwsError, _: str, service_model: ServiceModel | None) -> Answer:
    headers = [
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amzn-ErrorType", _exception_name(error, service_model)),
    ]
    if service_model is not None and service_model.is_query_compatible:
        headers.append(("x-amzn-query-error", f"{error.code};{_fault(error)}"))
    body = {"__type": _exception_name(error, service_model), "message": error.message}
    return Answer(error.status, headers, json.dumps(body).encode())


def _rest_json_error(error: AwsError, _: str, service_model: ServiceModel | None) -> Answer:
    headers = [("Content-Type", "application/json"), ("X-Amzn-ErrorType", _exception_name(error, service_model))]
    kind = "User" if error.status < FIRST_FAULT_STATUS else "Service"
    return Answer(error.status, headers, json.dumps({"Type": kind, "Message": error.message}).encode())


def _rest_xml_error(error: AwsError, request_id: str, service_model: ServiceModel | None) -> Answer:
    """S3's errors have nothing around them (its API reference, "Error responses"); the others' are as in `query`."""
    if service_model is None or service_model.service_name != "s3":
        return _query_error(error, request_id, service_model)
    root = ET.Element("Error")
    ET.SubElement(root, "Code").text = error.code
    ET.SubElement(root, "Message").text = error.message
    ET.SubElement(root, "RequestId").text = request_id
    return Answer(error.status, [("Content-Type", "application/xml")], ET.tostring(root, "utf-8"))


def _fault(error: AwsError) -> str:
    return "Sender" if error.status < FIRST_FAULT_STATUS else "Receiver"


def _exception_name(error: AwsError, service_model: ServiceModel | None) -> str:
    shape = service_model.shape_for_error_code(error.code) if service_model is not None else None
    return error.code if shape is None else str(shape.name)


ERROR_WRITERS = {
    "ec2": _ec2_error,
    "query": _query_error,
    "json": _json_error,
    "rest-json": _rest_json_error,
    "rest-xml": _rest_xml_error,
}
