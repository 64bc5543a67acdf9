"""Programs after public reports: edges of the engine at which somebody was surprised.

Each is a list of programs that are deployed one after the other, as a user does who changes one program. Only what an
engine decides matters, so the resources are cheap ones.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD = '''\
import json
import pulumi
import pulumi_aws as aws
from pulumi import Alias, ResourceOptions as Options

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})

def parameter(name, called=None, value="1", description=None, **options):
    """Another `called` replaces it, and another value updates it."""
    return aws.ssm.Parameter(name, name=called or f"/{name}", type="String", value=value, description=description,
                             opts=Options(**options))

def role(name, called=None, tags=None, **options):
    return aws.iam.Role(name, name=called or name, assume_role_policy=TRUST, tags=tags, opts=Options(**options))

class Component(pulumi.ComponentResource):
    def __init__(self, name, type_="test:index:Component", **options):
        super().__init__(type_, name, {}, Options(**options))

'''
"""What stands at the beginning of each program."""


@dataclass(frozen=True)
class Report:
    """A report, and the programs that play it.

    Attributes:
        where: Repository and number.
        what: What it is about.
        programs: In the order in which they are deployed; what HEAD defines is there.
        config: The stack's configuration.
        explained: Why the two engines differ, and who is right; empty where they must not.
    """

    where: str
    what: str
    programs: tuple[str, ...]
    config: tuple[tuple[str, str], ...] = ()
    explained: str = ""


_GROUP = """
rules = [dict(protocol="tcp", from_port=port, to_port=port, cidr_blocks=[block]) for port, block in {ports}]
aws.ec2.SecurityGroup("g", name="g", description="d", ingress=rules, opts=Options(ignore_changes={ignored}))
"""


def _group(ports: str, ignored: str) -> str:
    return _GROUP.format(ports=ports, ignored=ignored)


REPORTS = (
    Report(
        "pulumi/pulumi#20227",
        "ignore_changes with a wildcard, and the list grows",
        (
            _group("[(5432, '10.0.0.0/16')]", "['ingress[*].cidrBlocks']"),
            _group("[(5432, '10.1.0.0/16'), (8000, '10.0.0.0/16')]", "['ingress[*].cidrBlocks']"),
        ),
    ),
    Report(
        "pulumi/pulumi#12581",
        "ignore_changes with a wildcard over a list of objects",
        (
            _group("[(5432, '10.0.0.0/16')]", "['ingress[*].cidrBlocks']"),
            _group("[(5432, '10.9.0.0/16')]", "['ingress[*].cidrBlocks']"),
        ),
    ),
    Report(
        "pulumi/pulumi#6710",
        "ignore_changes of everything",
        ('parameter("a", ignore_changes=["*"])', 'parameter("a", called="/b", value="2", ignore_changes=["*"])'),
    ),
    Report(
        "pulumi/pulumi#2663",
        "ignore_changes of a path, and of one that is not there",
        (
            'role("a", tags={"x": "1", "y": "1"}, ignore_changes=["tags.x"])',
            'role("a", tags={"x": "2", "y": "1"}, ignore_changes=["tags.x", "tags.z"])',
            'role("a", tags={"y": "2"}, ignore_changes=["tags.x"])',
        ),
    ),
    Report(
        "pulumi/pulumi#19056",
        "delete_before_replace of two, of which one depends on the other",
        (
            (
                'a = parameter("a", delete_before_replace=True)\n'
                'parameter("b", value=a.value, delete_before_replace=True, depends_on=[a])'
            ),
            (
                'a = parameter("a", called="/a2", delete_before_replace=True)\n'
                'parameter("b", called="/b2", delete_before_replace=True, depends_on=[a])'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#2167",
        "delete_before_replace, and a dependent that need not be replaced",
        (
            'a = parameter("a", delete_before_replace=True)\nparameter("b", value=a.name)\nparameter("c", value=a.arn)',
            (
                'a = parameter("a", called="/a2", delete_before_replace=True)\n'
                'parameter("b", value=a.name)\nparameter("c", value=a.arn)'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#450",
        "delete_before_replace, and a dependent whose replacing property comes from it",
        (
            (
                'a = parameter("a", delete_before_replace=True)\n'
                'b = parameter("b", called=a.name.apply(lambda n: n + "b"))\n'
                'parameter("c", called=b.name.apply(lambda n: n + "c"))\nparameter("d")'
            ),
            (
                'a = parameter("a", called="/a2", delete_before_replace=True)\n'
                'b = parameter("b", called=a.name.apply(lambda n: n + "b"))\n'
                'parameter("c", called=b.name.apply(lambda n: n + "c"))\nparameter("d")'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#23817",
        "deleted_with somebody who is replaced",
        (
            'a = parameter("a")\nparameter("b", deleted_with=a)\nparameter("c", deleted_with=a, called="/c")',
            (
                'a = parameter("a", called="/a2")\nparameter("b", deleted_with=a)\n'
                'parameter("c", deleted_with=a, called="/c2")'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#9870",
        "deleted_with somebody who is removed",
        ('a = parameter("a")\nparameter("b", deleted_with=a)', "pulumi.export('x', 1)"),
    ),
    Report(
        "pulumi/pulumi#16629",
        "a creation fails after delete_before_replace, and the change is taken back",
        (
            'role("taken", called="x")\nrole("a", called="a", delete_before_replace=True)',
            'role("taken", called="x")\nrole("a", called="x", delete_before_replace=True)',
            'role("taken", called="x")\nrole("a", called="a", delete_before_replace=True)',
        ),
    ),
    Report(
        "pulumi/pulumi#13428",
        "retain_on_delete is in the program, and not in the state, when it is replaced",
        (
            'parameter("a")\nparameter("b", retain_on_delete=True)',
            'parameter("a", called="/a2", retain_on_delete=True)\nparameter("b", called="/b2", retain_on_delete=True)',
        ),
    ),
    Report(
        "pulumi/pulumi#7747",
        "retain_on_delete of what is removed",
        ('parameter("a", retain_on_delete=True)\nparameter("b")', 'parameter("b")'),
    ),
    Report(
        "pulumi/pulumi#458",
        "a rename with an alias, and one without",
        (
            'parameter("a")\nparameter("b", called="/b1")',
            'parameter("a2", called="/a", aliases=[Alias(name="a")])\nparameter("b2")',
        ),
    ),
    Report(
        "pulumi/pulumi#837",
        "a new parent, with an alias and without",
        (
            'parameter("a")\nparameter("b", called="/b1")',
            (
                'c = Component("c")\nparameter("a", parent=c, aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)])\n'
                'parameter("b", called="/b2", parent=c)'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#13324",
        "a component within a component, with an alias of the outer one",
        (
            'a = Component("a", "my:modules:A")\nparameter("p", parent=a)',
            (
                'b = Component("b", "my:modules:B")\n'
                'a = Component("a", "my:modules:A", parent=b, aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)])\n'
                'parameter("p", parent=a)'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#2404",
        "a component gets another type, and its children follow its alias",
        (
            'c = Component("c", "test:index:Old")\nparameter("p", parent=c)',
            'c = Component("c", "test:index:New", aliases=[Alias(type_="test:index:Old")])\nparameter("p", parent=c)',
        ),
    ),
    Report(
        "pulumi/pulumi#24387",
        "replace_on_changes of a value that only becomes secret",
        (
            'parameter("a", replace_on_changes=["value"])\nparameter("b", replace_on_changes=["value"])',
            (
                'parameter("a", value=pulumi.Output.secret("1"), replace_on_changes=["value"])\n'
                'parameter("b", value="2", replace_on_changes=["value"])'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#6753",
        "replace_on_changes of a nested path, of a wildcard, and of what did not change",
        (
            (
                'role("a", tags={"x": "1", "y": "1"}, replace_on_changes=["tags.x"])\n'
                'role("b", tags={"x": "1"}, replace_on_changes=["tags.*"])\n'
                'role("c", tags={"x": "1"}, replace_on_changes=["name"])'
            ),
            (
                'role("a", called="a2", tags={"x": "2", "y": "1"}, replace_on_changes=["tags.x"])\n'
                'role("b", called="b2", tags={"x": "2"}, replace_on_changes=["tags.*"])\n'
                'role("c", tags={"x": "2"}, replace_on_changes=["name"])'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#21139",
        "replacement_trigger, known and unknown",
        (
            (
                'a = parameter("a")\nparameter("b", replacement_trigger="1")\n'
                'parameter("c", replacement_trigger=a.version)'
            ),
            (
                'a = parameter("a", value="2")\nparameter("b", replacement_trigger="2", delete_before_replace=True)\n'
                'parameter("c", replacement_trigger=a.version, delete_before_replace=True)'
            ),
        ),
    ),
    Report(
        "pulumi/pulumi#3657",
        "import_, and the same program again",
        (
            'parameter("a", retain_on_delete=True)',
            "pulumi.export('x', 1)",
            'parameter("a", import_="/a")',
            'parameter("a", import_="/a")',
            'parameter("a")',
        ),
    ),
    Report(
        "pulumi/pulumi#5878",
        "import_ of what differs, with ignore_changes and without",
        (
            'parameter("a", retain_on_delete=True)\nparameter("b", retain_on_delete=True)',
            "pulumi.export('x', 1)",
            'parameter("a", value="2", import_="/a", ignore_changes=["value"])',
            'parameter("a")\nparameter("b", value="2", import_="/b")',
        ),
    ),
    Report(
        "pulumi/pulumi#7033",
        "what is protected is removed from the program",
        (
            'parameter("a", protect=True)\nparameter("b")',
            'parameter("b")',
            'parameter("a")\nparameter("b")',
            "pulumi.export('x', 1)",
        ),
    ),
    Report(
        "pulumi/pulumi#21440",
        "what is protected would be replaced",
        (
            'parameter("a", protect=True)',
            'parameter("a", called="/a2", protect=True)',
            'parameter("a", called="/a2", protect=False)',
        ),
    ),
    Report(
        "pulumi/pulumi#2404 (twice)",
        "two resources of the same name",
        ('parameter("a")', 'parameter("a")\nparameter("a", called="/b")'),
    ),
    Report(
        "pulumi/pulumi#5345",
        "an explicit provider in place of the default one, and another region",
        (
            'parameter("a")',
            'p = aws.Provider("p", region="eu-west-1")\nparameter("a", provider=p)',
            'p = aws.Provider("p", region="eu-central-1")\nparameter("a", provider=p)',
        ),
    ),
    Report(
        "pulumi/pulumi#3383",
        "disable-default-providers",
        ('parameter("a")', 'p = aws.Provider("p", region="eu-west-1")\nparameter("a", provider=p)'),
        (("pulumi:disable-default-providers", '["aws"]'),),
    ),
    Report(
        "pulumi/pulumi#5738",
        "what is read, what is removed after it was read, and additional secret outputs",
        (
            'parameter("a", retain_on_delete=True, additional_secret_outputs=["arn"])',
            'aws.ssm.Parameter.get("read", "/a")\nparameter("b")',
            'parameter("b", additional_secret_outputs=["arn"])',
        ),
        explained="What was only read leaves the state. The CLI calls it a discard, ours a delete; neither asks AWS.",
    ),
    Report(
        "pulumi/pulumi#1609",
        "depends_on a component, whose child is replaced",
        (
            'c = Component("c")\nparameter("x", parent=c, delete_before_replace=True)\nparameter("y", depends_on=[c])',
            (
                'c = Component("c")\nparameter("x", called="/x2", parent=c, delete_before_replace=True)\n'
                'parameter("y", value="2", depends_on=[c])'
            ),
        ),
    ),
)
