"""The `aws` provider package: Pulumi's resource provider protocol over the AWS API of one endpoint.

AwsProvider           the package: checks and compares the provider's own inputs
└── ConfiguredAws     one region with credentials: finds the type in the registry, and calls `lifecycle`
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches

from embedded_pulumi import noted, paths
from embedded_pulumi.aws import config, lifecycle, unmodelled
from embedded_pulumi.aws.endpoint_limits import EMBEDDED_AWS, Limits, beyond
from embedded_pulumi.aws.errors import as_provider_errors
from embedded_pulumi.aws.registry import INVOKES, RESOURCES
from embedded_pulumi.aws.resource_type import ResourceType
from embedded_pulumi.aws.session import Credentials, Session, isolated_botocore, load_models
from embedded_pulumi.aws.shapes import check_fields, diff_fields
from embedded_pulumi.provider import (
    NOT_SUPPORTED,
    UNMODELLED,
    Checked,
    CheckFailure,
    CheckRequest,
    Created,
    Diff,
    DiffKind,
    DiffRequest,
    Invoked,
    ProviderError,
    ReadResult,
    UpdateRequest,
)
from embedded_pulumi.values import Properties, Value

PACKAGE = "aws"
VERSION = "7.51.1"  # of pulumi_aws, whose properties the tables follow; a test compares the two

_ALMOST = 0.85
"""How alike two names are that differ by a slip of the finger: `Vpcc` and `Vpc`, not `EventBus` and `EventRule`."""

# The keys of AWS's documentation have the right form and belong to nobody. No environment or profile is read.
EXAMPLE_ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
EXAMPLE_SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's documented example


class AwsProvider:
    """Pulumi's `aws` package, served by one AWS endpoint.

    Args:
        endpoint_url: The only address that is ever called, such as `http://127.0.0.1:5000`.
        access_key: Signs calls, unless the provider's inputs have credentials.
        secret_key: As `access_key`.
        token: As `access_key`.
        limits: What the endpoint does not do, and is refused in the preview.
        region: Of a provider whose inputs have none, as AWS_REGION is for Pulumi's own.
        notes_unmodelled: Whether a resource of a type that is not modelled is noted with made-up outputs, and a data
            source answered with a made-up result, and not refused. One that was noted is kept, and deleted, either way.
    """

    package = PACKAGE
    version = VERSION

    def __init__(
        self,
        endpoint_url: str,
        *,
        access_key: str = EXAMPLE_ACCESS_KEY,
        secret_key: str = EXAMPLE_SECRET_KEY,
        token: str | None = None,
        limits: Limits = EMBEDDED_AWS,
        region: str = "",
        notes_unmodelled: bool = False,
    ) -> None:
        self._notes = notes_unmodelled
        self._region = region
        self._endpoint_url = endpoint_url
        self._limits = limits
        self._credentials = Credentials(access_key, secret_key, token)
        self._botocore = isolated_botocore()

    def warm(self) -> threading.Thread:
        """Read the service models on a thread of its own, so that they are ready for the first call."""
        thread = threading.Thread(target=load_models, args=(self._botocore,), name="aws-models", daemon=True)
        thread.start()
        return thread

    def supports(self, type_: str) -> bool:
        """Whether it has a resource type."""
        return type_ in RESOURCES or (self._notes and type_.startswith(f"{PACKAGE}:"))

    def check_config(self, news: Properties) -> Checked:
        """Validate the inputs of a provider resource, and add a region where there is none."""
        inputs = {**news, "region": self._region} if self._region and news.get("region") is None else dict(news)
        return Checked(inputs, tuple(config.problems(inputs, self._botocore)))

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        """Compare provider inputs. Another region replaces the resources."""
        changes = dict(diff_fields(config.FIELDS, config.decoded(olds), config.decoded(news)))
        changes.pop("version", None)
        if "region" in changes:
            changes["region"] = DiffKind.UPDATE_REPLACE
        return Diff(changes)

    def configure(self, inputs: Mapping[str, Value]) -> ConfiguredAws:
        """Configure the package.

        Raises:
            ProviderError: an input is not accepted, or the account is not one of the allowed ones.
        """
        failures = config.problems(inputs, self._botocore)
        if failures:
            raise ProviderError("; ".join(f"{each.property}: {each.reason}" for each in failures))
        settings = config.read(inputs)
        session = Session(
            self._endpoint_url,
            self._credentials_of(settings),
            settings.region,
            settings.default_tags,
            self._botocore,
            ignored_tags=settings.ignored_tags,
        )
        _check_account(session, settings)
        return ConfiguredAws(session, self._limits, notes_unmodelled=self._notes)

    def _credentials_of(self, settings: config.ProviderSettings) -> Credentials:
        if settings.access_key and settings.secret_key:
            return Credentials(settings.access_key, settings.secret_key, settings.token)
        return replace(self._credentials, token=settings.token or self._credentials.token)


def _check_account(session: Session, settings: config.ProviderSettings) -> None:
    if not settings.allowed_accounts and not settings.forbidden_accounts:
        return
    with as_provider_errors():
        account = session.account_id
    if settings.allowed_accounts and account not in settings.allowed_accounts:
        raise ProviderError(f"AWS account {account} is not allowed; allowed: {', '.join(settings.allowed_accounts)}")
    if account in settings.forbidden_accounts:
        raise ProviderError(f"AWS account {account} is forbidden")


class ConfiguredAws:
    """The provider in one region. Safe to call from many threads."""

    def __init__(self, session: Session, limits: Limits = EMBEDDED_AWS, *, notes_unmodelled: bool = False) -> None:
        self.session = session
        self._notes = notes_unmodelled
        self._limits = limits

    def check(self, request: CheckRequest) -> Checked:
        """Validate and complete inputs; an unknown type or property is a failure that names it."""
        if self._only_notes(request.type):
            return Checked({name: value for name, value in request.news.items() if value is not None})
        if request.type not in RESOURCES:
            reason = _unknown("resource type", request.type, RESOURCES)
            return Checked(dict(request.news), (CheckFailure("", reason),))
        checked = lifecycle.check(self.session, RESOURCES[request.type], request)
        if checked.failures:
            return checked
        return Checked(checked.inputs, tuple(beyond(self._limits, request.type, checked.inputs)))

    def diff(self, request: DiffRequest) -> Diff:
        """Compare checked inputs with the state, but for the ignored paths."""
        if noted.is_noted(request.old_outputs):
            if request.type in RESOURCES:  # which is modelled by now, and is to be made
                return Diff({UNMODELLED: DiffKind.DELETE_REPLACE})
            return noted.diff(request.old_inputs, request.news)
        state = {**request.old_inputs, **request.old_outputs}
        return lifecycle.diff(self.session, _resource(request.type), state, _without_ignored(request, state))

    def create(self, type_: str, inputs: Properties, token: str = "", *, preview: bool) -> Created:
        """Create a resource, and mark it with the token if there is one.

        Raises:
            ProviderError: nothing was created.
            InitFailed: it was created, but its initialization failed.
            OutcomeUnknown: AWS did not answer.
        """
        if self._only_notes(type_):
            return noted.note(type_, inputs, preview=preview, making=unmodelled.making(self.session))
        return lifecycle.create(self.session, _resource(type_), inputs, token, preview=preview)

    def resume(self, type_: str, inputs: Properties, token: str, *, preview: bool) -> Created | None:
        """Complete the create with this token; None if it created nothing. Raises as `create`."""
        if self._only_notes(type_):
            return None
        return lifecycle.resume(self.session, _resource(type_), inputs, token, preview=preview)

    def read(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> ReadResult | None:
        """The resource with this id, or None if it does not exist."""
        if noted.is_noted(outputs) or self._only_notes(type_):
            return noted.read(type_, id_, inputs, outputs, unmodelled.making(self.session))
        return lifecycle.read(self.session, _resource(type_), id_, inputs, outputs)

    def update(self, request: UpdateRequest) -> Properties:
        """Update a resource in place, but for the ignored paths; returns all outputs."""
        if noted.is_noted(request.old_outputs):
            return noted.updated(request.old_inputs, request.old_outputs, request.news)
        state = {**request.old_inputs, **request.old_outputs}
        news = _without_ignored(request, state)
        resource = _resource(request.type)
        return lifecycle.update(self.session, resource, request.id, state, news, preview=request.preview)

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete a resource. It is a success if it does not exist any more."""
        if noted.is_noted(outputs):
            return
        lifecycle.delete(self.session, _resource(type_), id_, {**inputs, **outputs})

    def _only_notes(self, type_: str) -> bool:
        return self._notes and type_ not in RESOURCES

    def invoke(self, token: str, args: Properties) -> Invoked:
        """Answer a data source."""
        if token not in INVOKES and self._notes:
            return noted.answered(token, args, unmodelled.making(self.session))
        if token not in INVOKES:
            # No failure of an argument: the SDK would show the name of none, as `()`.
            raise ProviderError(_unknown("data source", token, INVOKES))
        source = INVOKES[token]
        known = {key: value for key, value in args.items() if value is not None}
        checked, failures = check_fields(source.args, known, unsupported=source.unsupported)
        if not source.any_region and checked.get("region") not in (None, self.session.region):
            failures.append(CheckFailure("region", f"accepted: {self.session.region}, the provider's region"))
        if failures:
            return Invoked({}, tuple(failures))
        with as_provider_errors():
            return Invoked({**checked, **source.answer(self.session, checked)})


def _without_ignored(request: DiffRequest, state: Properties) -> Properties:
    """The new inputs, in which the ignored paths are as in the state.

    The engine has reset these paths to the old inputs. AWS, or somebody else, may have changed the outputs since.
    """
    news = request.news
    for path in request.ignore_changes:
        with suppress(paths.PathError):  # the engine has skipped it too
            news, _ = paths.reset(paths.parse(path), state, news)
    return news


def _resource(type_: str) -> ResourceType:
    if type_ not in RESOURCES:
        raise ProviderError(_unknown("resource type", type_, RESOURCES))
    return RESOURCES[type_]


def _unknown(what: str, token: str, table: Mapping[str, object]) -> str:
    # A name of another service, or of another thing of this one, would only lead elsewhere.
    service, _, name = token.rpartition("/")
    same_service = [each for each in table if each.startswith(f"{service}/")] if name else []
    name_alone = {each.rpartition(":")[2]: each for each in same_service}
    meant = get_close_matches(token.rpartition(":")[2], name_alone, n=1, cutoff=_ALMOST)
    hint = f"; did you mean {name_alone[meant[0]]!r}?" if meant else ""
    return f"{what} {token!r} {NOT_SUPPORTED} this provider{hint}"
