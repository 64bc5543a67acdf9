"""Data sources about the account: quotas, EBS's default key, KMS keys, managed policies, and functions."""

from __future__ import annotations

import json
from typing import Any

from embedded_pulumi.aws.datasource import REGION, DataSource
from embedded_pulumi.aws.errors import unless_gone
from embedded_pulumi.aws.fields import Moment, Text
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import ListOf, MapOf
from embedded_pulumi.provider import ProviderError
from embedded_pulumi.values import Properties

_MOMENT = Moment()
_NOT_RESERVED = -1


def _quota(aws: Session, args: Properties) -> Properties:
    """A quota: its applied value, or AWS's default where none was ever applied.

    Source: terraform-provider-aws/internal/service/servicequotas/service_quota_data_source.go (01f431114674).
    """
    service, code, name = args["serviceCode"], args.get("quotaCode"), args.get("quotaName")
    if bool(code) == bool(name):
        raise ProviderError("exactly one of quotaCode and quotaName must be set")
    if name:
        pages = aws.client("service-quotas").get_paginator("list_aws_default_service_quotas")
        listed = [each for page in pages.paginate(ServiceCode=service) for each in page["Quotas"]]
        default = next((each for each in listed if each["QuotaName"] == name), None)
        if default is None:
            raise ProviderError(f"getting Default Service Quota for ({service}/{name}): empty result")
    else:
        ask = aws.client("service-quotas").get_aws_default_service_quota
        default = ask(ServiceCode=service, QuotaCode=code)["Quota"]
    asked = {"ServiceCode": service, "QuotaCode": default["QuotaCode"]}
    applied = unless_gone(aws.client("service-quotas").get_service_quota, "Quota", **asked) or default
    return {
        "id": default["QuotaArn"],
        "arn": applied["QuotaArn"],
        "region": aws.region,
        "adjustable": default["Adjustable"],
        "defaultValue": default["Value"],
        "globalQuota": default["GlobalQuota"],
        "quotaCode": default["QuotaCode"],
        "quotaName": default["QuotaName"],
        "serviceCode": service,
        "serviceName": default["ServiceName"],
        "usageMetrics": [],
        "value": applied["Value"],
    }


def _default_key(aws: Session, args: Properties) -> Properties:
    del args
    return {"id": aws.region, "region": aws.region, "keyArn": aws.ec2.get_ebs_default_kms_key_id()["KmsKeyId"]}


def _key(aws: Session, args: Properties) -> Properties:
    tokens = {"GrantTokens": args["grantTokens"]} if args.get("grantTokens") else {}
    found = aws.kms.describe_key(KeyId=args["keyId"], **tokens)["KeyMetadata"]
    return {
        "id": found["KeyId"],
        "arn": found["Arn"],
        "region": aws.region,
        "awsAccountId": found["AWSAccountId"],
        "cloudHsmClusterId": found.get("CloudHsmClusterId", ""),
        "creationDate": _MOMENT.from_aws(found["CreationDate"]),
        "customKeyStoreId": found.get("CustomKeyStoreId", ""),
        "customerMasterKeySpec": found.get("CustomerMasterKeySpec", ""),
        "deletionDate": _MOMENT.from_aws(found["DeletionDate"]) if "DeletionDate" in found else "",
        "description": found.get("Description", ""),
        "enabled": found["Enabled"],
        "expirationModel": found.get("ExpirationModel", ""),
        "keyId": args["keyId"],
        "keyManager": found["KeyManager"],
        "keySpec": found.get("KeySpec", ""),
        "keyState": found["KeyState"],
        "keyUsage": found["KeyUsage"],
        "multiRegion": found.get("MultiRegion", False),
        "multiRegionConfigurations": [],
        "origin": found["Origin"],
        "pendingDeletionWindowInDays": found.get("PendingDeletionWindowInDays", 0),
        "validTo": "",
        "xksKeyConfigurations": [],
    }


def _functions(aws: Session, args: Properties) -> Properties:
    del args
    pages = aws.client("lambda").get_paginator("list_functions").paginate()
    found = [each for page in pages for each in page["Functions"]]
    return {
        "id": aws.region,
        "region": aws.region,
        "functionArns": [each["FunctionArn"] for each in found],
        "functionNames": [each["FunctionName"] for each in found],
    }


def _function(aws: Session, args: Properties) -> Properties:
    asked = {"Qualifier": args["qualifier"]} if args.get("qualifier") else {}
    answer = aws.client("lambda").get_function(FunctionName=args["functionName"], **asked)
    found: dict[str, Any] = answer["Configuration"]
    reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", _NOT_RESERVED)
    return {
        "id": found["FunctionName"],
        "arn": found["FunctionArn"].removesuffix(":$LATEST"),
        "region": aws.region,
        "architectures": found["Architectures"],
        "codeSha256": found["CodeSha256"],
        "description": found.get("Description", ""),
        "functionName": found["FunctionName"],
        "handler": found.get("Handler", ""),
        "lastModified": found["LastModified"],
        "memorySize": found["MemorySize"],
        "reservedConcurrentExecutions": reserved,
        "role": found["Role"],
        "runtime": found.get("Runtime", ""),
        "sourceCodeSize": found["CodeSize"],
        "tags": answer.get("Tags", {}),
        "timeout": found["Timeout"],
        "version": found["Version"],
    }


def _policy(aws: Session, args: Properties) -> Properties:
    """A managed policy, by its ARN or by its name and the beginning of its path.

    Source: terraform-provider-aws/internal/service/iam/policy_data_source.go (01f431114674).
    """
    arn, name, prefix = args.get("arn") or "", args.get("name") or "", args.get("pathPrefix") or ""
    if arn and (name or prefix):
        raise ProviderError("arn conflicts with name and pathPrefix")
    if not arn:
        pages = aws.iam.get_paginator("list_policies").paginate(**({"PathPrefix": prefix} if prefix else {}))
        found = [each["Arn"] for page in pages for each in page["Policies"] if name in ("", each["PolicyName"])]
        if len(found) != 1:
            count = "no matching IAM Policy found" if not found else "multiple IAM Policies matched"
            raise ProviderError(f"{count}; use additional constraints to reduce matches to a single IAM Policy")
        arn = found[0]
    policy = unless_gone(aws.iam.get_policy, "Policy", PolicyArn=arn)
    if policy is None:
        raise ProviderError(f"reading IAM Policy ({arn}): couldn't find resource")
    version = aws.iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {
        "id": arn,
        "arn": arn,
        "attachmentCount": policy.get("AttachmentCount", 0),
        "description": policy.get("Description", ""),
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "pathPrefix": prefix,
        "policy": json.dumps(version["Document"]),
        "policyId": policy["PolicyId"],
        "tags": {each["Key"]: each["Value"] for each in policy.get("Tags", ())},
    }


DATA_SOURCES = (
    DataSource(
        function="aws:iam/getPolicy:getPolicy",
        answer=_policy,
        args={"arn": ArnText(), "name": Text(), "pathPrefix": Text(), "tags": MapOf()},
    ),
    DataSource(
        function="aws:servicequotas/getServiceQuota:getServiceQuota",
        answer=_quota,
        args={"quotaCode": Text(), "quotaName": Text(), "serviceCode": Text(required=True), "region": REGION},
    ),
    DataSource(function="aws:ebs/getDefaultKmsKey:getDefaultKmsKey", answer=_default_key, args={"region": REGION}),
    DataSource(
        function="aws:kms/getKey:getKey",
        answer=_key,
        args={"grantTokens": ListOf(), "keyId": Text(required=True), "region": REGION},
    ),
    DataSource(function="aws:lambda/getFunctions:getFunctions", answer=_functions, args={"region": REGION}),
    DataSource(
        function="aws:lambda/getFunction:getFunction",
        answer=_function,
        args={"functionName": Text(required=True), "qualifier": Text(), "tags": MapOf(), "region": REGION},
    ),
)
