"""ACM certificates that Amazon issues or the program imports, and the wait until one is issued."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from embedded_pulumi.aws.errors import gone_is_fine, unless_gone
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.formats import ArnText
from embedded_pulumi.aws.marks import MARK
from embedded_pulumi.aws.resource_type import Change, Description, ResourceType
from embedded_pulumi.aws.session import Session
from embedded_pulumi.aws.shapes import Block, SetOf
from embedded_pulumi.aws.tagging import Tagging
from embedded_pulumi.aws.tags import Tags
from embedded_pulumi.aws.waiting import PATIENCE, wait_for
from embedded_pulumi.provider import CheckFailure, CheckRequest, ProviderError
from embedded_pulumi.values import UNKNOWN, Properties, Value

VALIDATION_PATIENCE = 4500.0  # seconds; the real provider's 75 minutes
_ALGORITHMS = (
    *("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096"),
    *("EC_prime256v1", "EC_secp384r1", "EC_secp521r1"),
)
_DOMAIN = Text(max_length=253, pattern=r".*[^.]", accepts="a domain name that does not end with a period")
_SWITCH = ("ENABLED", "DISABLED")
_REQUESTED = ("keyAlgorithm", "options", "subjectAlternativeNames", "validationMethod")


class _AcmTagging(Tagging):
    """ACM takes the tags that are to go in the same form as those that are to come."""

    def change(self, aws: Session, id_: str, props: Properties, written: Tags, removed: list[str]) -> None:
        """Write some tags, and remove others."""
        del props
        if removed:
            aws.acm.remove_tags_from_certificate(CertificateArn=id_, Tags=[{"Key": key} for key in removed])
        if written:
            aws.acm.add_tags_to_certificate(CertificateArn=id_, Tags=self.to_aws(written))


_TAGGING = _AcmTagging(service="acm", target="CertificateArn", show="list_tags_for_certificate")


def _moment(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else ""


class Certificate(ResourceType):
    """A certificate: requested, or imported with its key. Certificates of a private authority are refused by name.

    Source: terraform-provider-aws/internal/service/acm/certificate.go (01661ea3cbe6, 2026; read 2026-11-30): what
    replaces it, what excludes what, that an imported one is imported again where it changes, and that the domain itself
    is among its names.
    """

    type_ = "aws:acm/certificate:Certificate"
    inputs = {
        "domainName": Text(
            computed=True, force_new=True, max_length=253, pattern=_DOMAIN.pattern, accepts=_DOMAIN.accepts
        ),
        "subjectAlternativeNames": SetOf(computed=True, force_new=True, item=_DOMAIN),
        "validationMethod": Text(computed=True, force_new=True, one_of=("EMAIL", "DNS")),
        "keyAlgorithm": Text(computed=True, force_new=True, one_of=_ALGORITHMS),
        "options": Block(
            computed=True,
            fields={
                "certificateTransparencyLoggingPreference": Text(default="ENABLED", one_of=_SWITCH),
                "export": Text(computed=True, one_of=_SWITCH),
            },
        ),
        "certificateBody": Text(),
        "certificateChain": Text(),
        "privateKey": Text(),
    }
    outputs = (
        "arn",
        "domainValidationOptions",
        "notAfter",
        "notBefore",
        "pendingRenewal",
        "renewalEligibility",
        "renewalSummaries",
        "status",
        "type",
        "validationEmails",
    )
    unsupported = (
        "certificateAuthorityArn",
        "earlyRenewalDuration",
        "privateKeyWo",
        "privateKeyWoVersion",
        "validationOptions",
    )
    exactly_one = (("domainName", "privateKey"),)
    required_with = {"certificateBody": ("privateKey",), "certificateChain": ("privateKey",)}
    tagging = _TAGGING

    def fill(self, request: CheckRequest, given: Properties) -> Properties:
        """The given inputs; the domain itself is among its other names, as ACM will have it."""
        names, domain = given.get("subjectAlternativeNames"), given.get("domainName")
        if not isinstance(names, list) or UNKNOWN in (*names, domain) or domain is None:
            return given
        return {**given, "subjectAlternativeNames": sorted({*names, domain})}

    def check(self, inputs: Properties) -> list[CheckFailure]:
        if inputs.get("privateKey") is None:
            missing = inputs.get("domainName") is not None and inputs.get("validationMethod") is None
            return (
                [CheckFailure("validationMethod", "is required for a certificate that ACM issues")] if missing else []
            )
        return [CheckFailure(name, "conflicts with privateKey") for name in _REQUESTED if inputs.get(name) is not None]

    def create(self, aws: Session, props: Properties) -> str:
        if props.get("privateKey"):
            return self._import(aws, props, **_TAGGING.told(props))
        optional = {
            "SubjectAlternativeNames": props.get("subjectAlternativeNames"),
            "KeyAlgorithm": props.get("keyAlgorithm"),
            "Options": props.get("options") and self._options(props["options"]),
        }
        answer = aws.acm.request_certificate(
            DomainName=props["domainName"],
            ValidationMethod=props["validationMethod"],
            **_TAGGING.told(props),
            **{key: value for key, value in optional.items() if value},
        )
        return str(answer["CertificateArn"])

    def _options(self, options: Value) -> dict[str, str]:
        asked = {
            "CertificateTransparencyLoggingPreference": options.get("certificateTransparencyLoggingPreference"),
            "Export": options.get("export"),
        }
        return {key: value for key, value in asked.items() if value}

    def _import(self, aws: Session, props: Properties, **more: Any) -> str:
        chain = {"CertificateChain": props["certificateChain"].encode()} if props.get("certificateChain") else {}
        answer = aws.acm.import_certificate(
            Certificate=props["certificateBody"].encode(), PrivateKey=props["privateKey"].encode(), **chain, **more
        )
        return str(answer["CertificateArn"])

    def locate(self, aws: Session, props: Properties) -> str | None:
        """Find it by the mark of this create, among the certificates of the region."""
        pages = aws.acm.get_paginator("list_certificates").paginate()
        arns = [str(each["CertificateArn"]) for page in pages for each in page["CertificateSummaryList"]]
        return next((arn for arn in arns if _TAGGING.read(aws, arn, props, {}).get(MARK) == props.get(MARK)), None)

    def settle(self, aws: Session, id_: str, props: Properties) -> None:
        """Wait until ACM tells how each domain is to be validated."""
        if props.get("validationMethod") != "DNS":
            return

        def told() -> bool | None:
            found = self.find(aws, id_, props) or {}
            options = found.get("DomainValidationOptions") or [{}]
            return True if all(each.get("ResourceRecord") for each in options) else None

        wait_for(f"the validation records of certificate {id_}", told, timeout=PATIENCE)

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        return unless_gone(aws.acm.describe_certificate, "Certificate", CertificateArn=id_)

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        imported = found["Type"] == "IMPORTED"
        options = found.get("Options") or {}
        validations = sorted(found.get("DomainValidationOptions", ()), key=lambda each: str(each["DomainName"]))
        return {
            "arn": id_,
            "domainName": found["DomainName"],
            "subjectAlternativeNames": sorted(found.get("SubjectAlternativeNames", [])),
            "validationMethod": next((each["ValidationMethod"] for each in validations), "NONE"),
            "keyAlgorithm": str(found.get("KeyAlgorithm", "")).replace("-", "_"),
            "options": {
                "certificateTransparencyLoggingPreference": options.get("CertificateTransparencyLoggingPreference"),
                "export": options.get("Export"),
            },
            **({} if imported else {"certificateBody": None, "certificateChain": None, "privateKey": None}),
            "domainValidationOptions": [self._validation(each) for each in validations if each.get("ResourceRecord")],
            "validationEmails": [mail for each in validations for mail in each.get("ValidationEmails", ())],
            "notAfter": _moment(found.get("NotAfter")),
            "notBefore": _moment(found.get("NotBefore")),
            "pendingRenewal": False,
            "renewalEligibility": found.get("RenewalEligibility", ""),
            "renewalSummaries": [],
            "status": found["Status"],
            "type": found["Type"],
        }

    def _validation(self, told: Description) -> Properties:
        record = told["ResourceRecord"]
        return {
            "domainName": told["DomainName"],
            "resourceRecordName": record["Name"],
            "resourceRecordType": record["Type"],
            "resourceRecordValue": record["Value"],
        }

    def update(self, aws: Session, id_: str, change: Change) -> None:
        if change.has("certificateBody", "certificateChain", "privateKey"):
            self._import(aws, change.new, CertificateArn=id_)
        if change.has("options"):
            aws.acm.update_certificate_options(CertificateArn=id_, Options=self._options(change.get("options")))

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Delete it; while a load balancer that is being deleted still uses it, the call is repeated."""
        with gone_is_fine():
            aws.acm.delete_certificate(CertificateArn=id_)


class CertificateValidation(ResourceType):
    """No thing of its own: it is there as soon as the certificate is issued, and nothing is deleted with it.

    Source: terraform-provider-aws/internal/service/acm/certificate_validation.go (004eea7f9b66, 2026; read 2026-11-30).
    """

    type_ = "aws:acm/certificateValidation:CertificateValidation"
    inputs = {
        "certificateArn": ArnText(required=True, force_new=True),
        "validationRecordFqdns": SetOf(force_new=True),
    }

    def create(self, aws: Session, props: Properties) -> str:
        arn = props["certificateArn"]
        found = aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]
        if found["Type"] != "AMAZON_ISSUED":
            raise ProviderError(f"ACM Certificate ({arn}) has type {found['Type']}, no validation necessary")
        self._check_records(found, props.get("validationRecordFqdns") or ())

        def issued() -> bool | None:
            status = aws.acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
            if status in {"FAILED", "REVOKED", "VALIDATION_TIMED_OUT"}:
                raise ProviderError(f"ACM Certificate ({arn}) will not be issued: it is {status}")
            return True if status == "ISSUED" else None

        wait_for(f"certificate {arn} to be issued", issued, timeout=VALIDATION_PATIENCE)
        return str(arn)

    def _check_records(self, certificate: Description, given: Any) -> None:
        """Refuse a list of records that lacks one which ACM asks for. Raises ProviderError."""
        known = {str(each).rstrip(".") for each in given}
        for each in certificate["DomainValidationOptions"] if known else ():
            name = each["ResourceRecord"]["Name"].rstrip(".")
            if name not in known:
                raise ProviderError(f"missing {each['DomainName']} DNS validation record: {name}")

    def locate(self, aws: Session, props: Properties) -> str | None:
        return str(props["certificateArn"]) if self.find(aws, props["certificateArn"], props) else None

    def find(self, aws: Session, id_: str, state: Properties) -> Description | None:
        found = unless_gone(aws.acm.describe_certificate, "Certificate", CertificateArn=id_)
        return found if found and found["Status"] == "ISSUED" else None

    def describe(self, aws: Session, id_: str, found: Description, state: Properties) -> Properties:
        return {"certificateArn": id_}

    def delete(self, aws: Session, id_: str, state: Properties) -> None:
        """Nothing: the certificate is another resource's."""


TYPES = (Certificate, CertificateValidation)
