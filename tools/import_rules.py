"""Who may import whom: the parts of the tree, what each is for, and what it may use.

`tests/house` fails when an import goes another way; the table in docs/architecture.md is written from here:

    python -m tools.import_rules --write
"""

from __future__ import annotations

from dataclasses import dataclass

from tools import pages

COMMAND = "python -m tools.import_rules --write"
BEGIN, END = "<!-- parts: written by tools/import_rules.py -->", "<!-- end of parts -->"

SHARED_ANSWERS = tuple(
    f"embedded_aws.in_process.{each}" for each in ("errors", "filters", "instance_status", "log_streams", "shapes")
)
"""What the AWS in process and the embedded one say in the same words; pure."""


@dataclass(frozen=True)
class Part:
    """A part of the tree; a module belongs to the part whose name is the longest beginning of its own.

    Attributes:
        may_import: The other parts, or modules of them, that it may import; it may always import itself.
        never: Libraries that it must not import.
    """

    name: str
    what: str
    may_import: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


PARTS = (
    Part(
        "tap_stack",
        "`from tap_stack import InfraConfig, TapStack`",
    ),
    Part(
        "tap_stack.errors",
        "the error that names a key, its value and what would be accepted",
    ),
    Part(
        "tap_stack.healer",
        "`observe -> decide -> apply`; `decide` is pure; ships alone as the Lambda's zip",
        never=("moto", "pulumi", "pulumi_aws", "pydantic", "rich", "typer"),
    ),
    Part(
        "tap_stack.rollout",
        "brings the group to the wanted launch template version, by the healer's look and rules; ships with the healer",
        ("tap_stack.healer",),
        never=("moto", "pulumi", "pulumi_aws", "pydantic", "rich", "typer"),
    ),
    Part(
        "tap_stack.config",
        "`InfraConfig`: every knob once, frozen, checked; Pulumi config before environment before default",
        ("tap_stack.components.addresses", "tap_stack.errors", "tap_stack.healer.model", "tap_stack.rollout.policy"),
        never=("boto3", "botocore", "moto", "pulumi_aws"),
    ),
    Part(
        "tap_stack.components",
        "one ComponentResource in each file; `addresses`, `policies`, `user_data` are pure arithmetic and documents",
        (
            "tap_stack.config",
            "tap_stack.errors",
            "tap_stack.healer.report",
            "tap_stack.outputs",
            "tap_stack.rollout.model",
        ),
        never=("boto3", "botocore", "moto"),
    ),
    Part(
        "tap_stack.outputs",
        "the outputs as one contract",
    ),
    Part(
        "tap_stack.provider",
        "the program's AWS provider, with all that the stack sets under `aws:`",
        ("tap_stack.config", "tap_stack.errors"),
        never=("boto3", "botocore", "moto"),
    ),
    Part(
        "tap_stack.fleet",
        "`Fleet`: instances in a network that exists, without a healer; and what `TapStack` shares with it",
        ("tap_stack.components", "tap_stack.config", "tap_stack.errors", "tap_stack.outputs"),
        never=("boto3", "botocore", "moto"),
    ),
    Part(
        "tap_stack.stack",
        "`TapStack`: puts the components together",
        ("tap_stack.components", "tap_stack.config", "tap_stack.fleet", "tap_stack.outputs"),
        never=("boto3", "botocore", "moto"),
    ),
    Part(
        "tap_stack.plugin",
        "the components as a Pulumi package, for programs in other languages",
        ("tap_stack.components", "tap_stack.config", "tap_stack.errors", "tap_stack.fleet", "tap_stack.stack"),
        never=("boto3", "botocore", "moto"),
    ),
    Part(
        "embedded_aws",
        "the AWS: moto behind a gateway with a clock; `services` and `iam` have what moto lacks",
        ("embedded_aws.account", "embedded_aws.fleet", *SHARED_ANSWERS),
        never=("pulumi", "pulumi_aws"),
    ),
    Part(
        "embedded_aws.account",
        "the account and the region of a cloud that is told nothing else",
    ),
    Part(
        "embedded_aws.fleet",
        "an Auto Scaling group as a pure model with a clock: behind the service, the simulator and the healer's tests",
        never=("boto3", "botocore", "moto", "pulumi", "threading", "time"),
    ),
    Part(
        "embedded_aws.in_process",
        "one AWS account on the fleet model, with clients of boto3's shapes and with faults on demand",
        ("embedded_aws.account", "embedded_aws.fleet"),
        never=("boto3", "moto", "pulumi"),
    ),
    Part(
        "embedded_aws.daemon",
        "the embedded AWS in the background, one for a project, and its control channel",
        ("embedded_aws",),
    ),
    Part(
        "embedded_pulumi",
        "nothing but its docstring",
    ),
    Part(
        "embedded_pulumi.values",
        "property values: unknown, secret, asset, archive",
    ),
    Part(
        "embedded_pulumi.sdk",
        "what the classes of Pulumi's SDK say of a type",
    ),
    Part(
        "embedded_pulumi.durations",
        "Go's notation of a duration",
    ),
    Part(
        "embedded_pulumi.provider",
        "what a resource provider is to the engine",
        ("embedded_pulumi.values",),
    ),
    Part(
        "embedded_pulumi.noted",
        "types that are not modelled, noted with outputs that are made up",
        ("embedded_pulumi.provider", "embedded_pulumi.sdk", "embedded_pulumi.values"),
    ),
    Part(
        "embedded_pulumi.noted_packages",
        "packages that nobody provides, whose resources are noted",
        ("embedded_pulumi.noted", "embedded_pulumi.provider", "embedded_pulumi.values"),
    ),
    Part(
        "embedded_pulumi.paths",
        "property paths, and what `ignoreChanges` does at one",
        ("embedded_pulumi.values",),
    ),
    Part(
        "embedded_pulumi.services",
        "the services of AWS, one row for each: error codes, modules of Pulumi's SDK, names of Terraform's",
    ),
    Part(
        "embedded_pulumi.wire",
        "property values as protobuf Structs and as JSON objects; a program's requests as values",
        ("embedded_pulumi.durations", "embedded_pulumi.values"),
    ),
    Part(
        "embedded_pulumi.errors",
        "what a deployment raises on purpose",
    ),
    Part(
        "embedded_pulumi.engine",
        "speaks Pulumi's own protocol to the unmodified program; plans steps; keeps state in deployment format v3",
        (
            "embedded_pulumi.errors",
            "embedded_pulumi.paths",
            "embedded_pulumi.provider",
            "embedded_pulumi.values",
            "embedded_pulumi.wire",
        ),
        never=("boto3", "botocore", "moto", "pulumi_aws"),
    ),
    Part(
        "embedded_pulumi.aws",
        "the aws provider: Pulumi's types to boto3 calls",
        (
            "embedded_pulumi.durations",
            "embedded_pulumi.noted",
            "embedded_pulumi.paths",
            "embedded_pulumi.provider",
            "embedded_pulumi.services",
            "embedded_pulumi.values",
        ),
        never=("moto", "pulumi"),
    ),
    Part(
        "embedded_pulumi.plugin",
        "the same provider as `pulumi-resource-aws`, so that the Pulumi CLI can deploy into an embedded AWS",
        ("embedded_pulumi.aws", "embedded_pulumi.provider", "embedded_pulumi.values", "embedded_pulumi.wire"),
        never=("boto3", "botocore", "moto", "pulumi_aws"),
    ),
    Part(
        "embedded_pulumi.testing",
        "deploys programs into an embedded AWS, for tests",
        (
            "embedded_aws",
            "embedded_pulumi.aws",
            "embedded_pulumi.engine",
            "embedded_pulumi.errors",
            "embedded_pulumi.services",
            "embedded_pulumi.wire",
        ),
    ),
    Part(
        "embedded_pulumi.pytest_plugin",
        "the same as pytest fixtures; pytest loads it in every project, so it imports the rest when a test asks",
        ("embedded_aws", "embedded_pulumi.testing"),
    ),
    Part(
        "pulumi_guardrails",
        "rules over what a program registers; the engine's analyzer and the policy pack; plans for scanners",
        (
            "embedded_pulumi.engine",
            "embedded_pulumi.errors",
            "embedded_pulumi.sdk",
            "embedded_pulumi.services",
            "embedded_pulumi.values",
            "embedded_pulumi.wire",
        ),
    ),
    Part(
        "tap_cli",
        "nothing but its docstring",
    ),
    Part(
        "tap_cli.errors",
        "which errors are the user's to mend",
        ("embedded_aws.daemon.errors", "embedded_pulumi.errors", "tap_stack.errors"),
    ),
    Part(
        "tap_cli.deployed",
        "the TAP stacks of a deployed program, with their outputs",
        ("embedded_pulumi.engine", "tap_stack.outputs"),
    ),
    Part(
        "tap_cli.terminal",
        "a command and its terminal: output whose reader goes away, Ctrl-C, what is waited for; needs no library",
        never=("boto3", "grpc", "moto", "pulumi", "pydantic", "rich", "typer"),
    ),
    Part(
        "tap_cli.usage",
        "mistakes on the command line, told as every other error",
        ("tap_cli.errors",),
    ),
    Part(
        "tap_cli.__main__",
        "what runs as `tap`: takes the terminal, then imports the commands",
        ("tap_cli.cli", "tap_cli.terminal"),
    ),
    Part(
        "tap_cli.sandbox",
        "one embedded AWS with one Pulumi stack in it",
        ("embedded_aws", "embedded_pulumi"),
    ),
    Part(
        "tap_cli.sim",
        "scenarios, random histories and the referee, in simulated time",
        (
            "embedded_aws.account",
            "embedded_aws.fleet",
            "embedded_aws.in_process",
            "tap_cli.errors",
            "tap_stack.errors",
            "tap_stack.healer",
            "tap_stack.rollout",
        ),
    ),
    Part(
        "tap_cli.display",
        "what the engine tells, the healer's lines and what was published, as text and as JSON",
        (
            "embedded_pulumi.engine",
            "embedded_pulumi.paths",
            "embedded_pulumi.provider",
            "embedded_pulumi.values",
            "tap_cli.terminal",
        ),
    ),
    Part(
        "tap_cli.demo",
        "the story that `tap demo` tells",
        (
            "embedded_aws",
            "embedded_pulumi",
            "tap_cli.deployed",
            "tap_cli.display",
            "tap_cli.sandbox",
            "tap_cli.terminal",
            "tap_stack.config",
            "tap_stack.outputs",
        ),
    ),
    Part(
        "tap_cli.demo.program",
        "the smallest program with a TapStack",
        ("tap_stack",),
    ),
    Part(
        "tap_cli.projects",
        "projects from templates, as `pulumi new` makes them",
        ("embedded_pulumi.engine", "tap_cli.errors", "tap_stack.errors"),
    ),
    Part(
        "tap_cli.templates",
        "the templates: programs and their tests, which nothing imports",
        ("embedded_pulumi", "tap_stack"),
    ),
    Part(
        "tap_cli.commands",
        "one module for each group of commands: parse, call, print",
        ("embedded_aws", "embedded_pulumi", "pulumi_guardrails", "tap_cli", "tap_stack.config", "tap_stack.errors"),
    ),
    Part(
        "tap_cli.cli",
        "puts the commands together; the only exit codes",
        ("embedded_aws", "embedded_pulumi", "tap_cli"),
    ),
)


def part_of(module: str) -> Part:
    """The part that a module lies in, by its dotted name."""
    return max((part for part in PARTS if is_within(module, part.name)), key=lambda part: len(part.name))


def is_within(module: str, name: str) -> bool:
    """Whether a module is the one of that name, or below it."""
    return module == name or module.startswith(name + ".")


def table() -> str:
    """The parts as a table in Markdown."""
    rows = []
    for part in PARTS:
        others = ", ".join(f"`{name}`" for name in part.may_import) or "-"
        rows.append(f"| `{part.name}` | {part.what} | {others} |")
    return "\n".join(["| part | what it is | may import, beside itself |", "|---|---|---|", *rows])


PAGES: pages.Pages = {"docs/architecture.md": lambda text: pages.with_section(text, BEGIN, f"\n{table()}\n", END)}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
