"""Recording: any program for AWS, with nothing behind it, and every output recognised wherever it goes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.environments import virtual_environment
from support.programs import one

from embedded_pulumi.errors import ProgramFailed, ProgramRefused, UserError
from embedded_pulumi.values import Archive
from pulumi_guardrails.model import Program, Reference
from pulumi_guardrails.recording.monitor import UnanswerableFunction
from pulumi_guardrails.recording.placeholders import Placeholders
from pulumi_guardrails.recording.rehearsal import project_name, rehearse
from pulumi_guardrails.recording.run import record
from pulumi_guardrails.recording.subject import Subject

BUCKET = "aws:s3/bucket:Bucket"


def of(program: Program, name: str) -> Reference:
    """The reference to the id of the resource of that name."""
    return Reference(next(each.urn for each in program.resources if each.name == name))


def test_an_output_is_a_reference_where_it_is_a_value_and_is_named_within_a_text() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        policy = queue.arn.apply(lambda arn: json.dumps({"Statement": [{"Resource": f"{arn}/*"}]}))
        aws.sqs.QueuePolicy("jobs-policy", queue_url=queue.url, policy=policy)

    recorded = record(program)
    policy = one(recorded, "aws:sqs/queuePolicy:QueuePolicy")

    assert policy.inputs["queueUrl"] == Reference(of(recorded, "jobs").urn, "url")
    assert policy.inputs["policy"] == '{"Statement": [{"Resource": "${jobs.arn}/*"}]}'
    assert policy.references == dict.fromkeys(("policy", "queueUrl"), (of(recorded, "jobs").urn,))


def test_a_number_is_a_number_to_the_program_and_a_reference_to_the_rules() -> None:
    def program() -> None:
        template = aws.ec2.LaunchTemplate("t")
        version = template.latest_version.apply(lambda number: str(number + 0))
        aws.autoscaling.Group("g", max_size=1, min_size=1, launch_template={"id": template.id, "version": version})

    recorded = record(program)

    launched = one(recorded, "aws:autoscaling/group:Group").inputs["launchTemplate"]
    assert launched["version"] == Reference(of(recorded, "t").urn, "latestVersion")


def test_a_name_that_was_given_comes_back_as_it_is_and_its_use_is_still_a_reference() -> None:
    def program() -> None:
        role = aws.iam.Role("r", name="the-role", assume_role_policy="{}")
        aws.iam.RolePolicy("p", role=role.name, policy="{}")

    recorded = record(program)
    policy = one(recorded, "aws:iam/rolePolicy:RolePolicy")

    assert policy.inputs["role"] == "the-role"
    assert policy.references == {"role": (of(recorded, "r").urn,)}


def test_what_the_program_takes_an_arn_apart_for_is_there() -> None:
    parts: list[list[str]] = []

    def program() -> None:
        aws.sns.Topic("t").arn.apply(lambda arn: parts.append(arn.split(":")))

    record(program, Subject(config={"aws:region": "cn-north-1"}))

    assert [part[:5] for part in parts] == [["arn", "aws-cn", "sns", "cn-north-1", "123456789012"]]


def test_functions_are_answered_for_the_providers_region() -> None:
    answers: list[object] = []

    def program() -> None:
        there = pulumi.InvokeOptions(provider=aws.Provider("p", region="ap-south-1"))
        answers.append(aws.get_availability_zones(opts=there).names[:2])
        answers.append(aws.get_availability_zones().names[:2])
        answers.append(aws.ec2.get_instance_type(instance_type="m7g.large").supported_architectures)
        vpc = aws.ec2.get_vpc(default=True)
        answers.append([vpc.cidr_block, vpc.enable_dns_support, vpc.main_route_table_id])

    record(program, Subject(region="sa-east-1"))

    zones = [["ap-south-1a", "ap-south-1b"], ["sa-east-1a", "sa-east-1b"]]
    assert answers == [*zones, ["arm64"], ["10.0.0.0/16", True, "existing-mainRouteTableId"]]


def test_a_policy_document_that_aws_writes_is_written() -> None:
    def program() -> None:
        anybody = aws.iam.GetPolicyDocumentStatementPrincipalArgs(type="AWS", identifiers=["*"])
        statement = aws.iam.GetPolicyDocumentStatementArgs(actions=["s3:*"], resources=["*"], principals=[anybody])
        aws.iam.Policy("p", policy=aws.iam.get_policy_document(statements=[statement]).json)

    document = json.loads(one(record(program), "aws:iam/policy:Policy").inputs["policy"])

    expected = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"], "Principal": {"AWS": ["*"]}}
    assert document["Statement"] == [expected]


def test_the_callers_answer_comes_first() -> None:
    identity = "aws:index/getCallerIdentity:getCallerIdentity"
    accounts: list[str] = []

    record(
        lambda: accounts.append(aws.get_caller_identity().account_id), Subject(answers={identity: {"accountId": "42"}})
    )

    assert accounts == ["42"]


def test_an_argument_comes_back_with_the_type_that_the_function_declares() -> None:
    answers: list[object] = []

    def program() -> None:
        answers.append(aws.ec2.get_ami(most_recent="true").most_recent)  # type: ignore[arg-type]
        answers.append(aws.ec2.get_ami(most_recent=False).most_recent)

    record(program)

    assert answers == [True, False]


def test_a_function_without_an_answer_is_refused_by_name() -> None:
    with pytest.raises(UnanswerableFunction, match=r"the program asks other:index/ask:ask"):
        record(lambda: pulumi.runtime.invoke("other:index/ask:ask", {}))


def test_resources_of_other_providers_are_recorded_too() -> None:
    class Thing(pulumi.CustomResource):
        size: pulumi.Output[int]

        def __init__(self, name: str) -> None:
            super().__init__("other:index:Thing", name, {"size": 3})

    recorded = record(lambda: pulumi.export("size", Thing("x").size))

    assert one(recorded, "other:index:Thing").inputs == {"size": 3}
    assert recorded.stack is not None
    assert recorded.stack.outputs == {"size": 3}


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4), st.integers(0, 40))
def test_a_placeholder_is_found_in_any_text(around: list[str], before: int) -> None:
    placeholders = Placeholders("aws", "eu-west-1")
    made = [placeholders.text(Reference("urn", f"o{number}"), "aws:a/b:C", "name") for number in range(before + 1)]
    token = made[before]

    text = f"-{token}-".join(["", *around, ""])

    expected = f"-${{name.o{before}}}-".join(["", *around, ""])
    assert placeholders.resolve(text) == expected
    assert placeholders.resolve(token) == Reference("urn", f"o{before}")


GOOD = "import pulumi_aws as aws\naws.s3.Bucket('b', bucket='named')\nprint('noise')\n"


def run(folder: Path, text: str, **settings: str) -> Program:
    (folder / "__main__.py").write_text(text)
    return rehearse(folder, Subject(project=project_name(folder), config=settings), os.environ)


def test_a_program_is_run_in_a_process_of_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    recorded = run(tmp_path, GOOD)

    assert one(recorded, BUCKET).inputs == {"bucket": "named"}
    assert capfd.readouterr() == ("", "")


ZIPPED = """
import atexit, os, shutil, tempfile, zipfile
import pulumi, pulumi_aws as aws

folder = tempfile.mkdtemp()
atexit.register(shutil.rmtree, folder)
with zipfile.ZipFile(f"{folder}/code.zip", "w") as archive:
    archive.writestr("pkg/index.py", "")
aws.lambda_.LayerVersion("layer", layer_name="layer", code=pulumi.FileArchive(archive.filename))
"""


def test_a_zip_file_that_goes_with_the_program_has_been_looked_into(tmp_path: Path) -> None:
    layer = one(run(tmp_path, ZIPPED), "aws:lambda/layerVersion:LayerVersion")

    code = layer.inputs["code"]
    assert isinstance(code, Archive)
    assert set(code.assets or ()) == {"pkg/index.py"}


def test_it_finds_the_configuration_of_its_project(tmp_path: Path) -> None:
    declared = "name: shop\nruntime: python\nconfig:\n  shop:size:\n    default: 3\n"
    (tmp_path / "Pulumi.yaml").write_text(declared)
    text = "import pulumi\nc = pulumi.Config()\npulumi.export('got', [c.require('size'), c.get('colour')])\n"

    stack = run(tmp_path, text, **{"shop:colour": "red"}).stack

    assert stack is not None
    assert stack.outputs == {"got": ["3", "red"]}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("raise ValueError('too small')\n", ProgramFailed, "ValueError: too small"),
        ("import pulumi\nraise pulumi.RunError('not here')\n", ProgramRefused, "not here"),
        ("import sys\nsys.exit(7)\n", ProgramFailed, "exit code 7"),
        ("import os\nos._exit(7)\n", ProgramFailed, "exit code 7"),
    ],
)
def test_how_a_program_fails_is_told(tmp_path: Path, text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        run(tmp_path, text)


def test_that_there_is_no_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no Pulumi program"):
        rehearse(tmp_path, Subject(), os.environ)


def test_a_program_may_transform_its_resources_and_have_hooks(tmp_path: Path) -> None:
    text = """
import pulumi
import pulumi_aws as aws

def tag(args):
    return pulumi.ResourceTransformResult(props={**args.props, "tags": {"Owner": "us"}}, opts=args.opts)

pulumi.runtime.register_resource_transform(tag)
hook = pulumi.ResourceHook("h", lambda args: print("never"))
binding = pulumi.ResourceHookBinding(before_create=[hook])
aws.s3.Bucket("bucket", bucket="named", opts=pulumi.ResourceOptions(hooks=binding))
"""

    assert one(run(tmp_path, text), BUCKET).inputs == {"bucket": "named", "tags": {"Owner": "us"}}


CERTIFICATE = """
import pulumi
import pulumi_aws as aws
cert = aws.acm.Certificate("c", domain_name="example.com", validation_method="DNS")
pulumi.export("name", cert.domain_validation_options[0].resource_record_name)
"""
REFERENCE = """
import pulumi
network = pulumi.StackReference("organization/net/dev")
pulumi.export("vpc", network.get_output("vpc"))
pulumi.export("subnet", network.require_output("subnets").apply(lambda subnets: subnets[1]))
"""
OPTIONAL_PARTS = """
import pulumi
import pulumi_aws as aws
cluster = aws.eks.Cluster("c", role_arn="arn:aws:iam::1:role/r", vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]})
pulumi.export("issuer", cluster.identities.apply(lambda found: found[0].oidcs[0].issuer.split("/")))
pulumi.export("data", cluster.certificate_authority.apply(lambda authority: authority.data.upper()))
cache = aws.elasticache.Cluster("r", engine="redis", node_type="cache.t3.micro", num_cache_nodes=1)
pulumi.export("cache", cache.cache_nodes[0].address.apply(str.upper))
instance = aws.ec2.Instance("i", ami="ami-1", instance_type="t3.micro")
pulumi.export("volume", instance.root_block_device.volume_id.apply(str.upper))
api = aws.appsync.GraphQLApi("a", authentication_type="API_KEY")
pulumi.export("uri", api.uris["GRAPHQL"])
"""
FUNCTIONS = """
import pulumi
import pulumi_aws as aws
found = aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": ["vpc-1"]}])
pulumi.export("second", found.ids[1])
pulumi.export("mount", aws.ec2.get_launch_template(name="t").block_device_mappings[0].ebs[0].volume_size)
"""
DYNAMIC = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider
class Numbers(ResourceProvider):
    def create(self, props):
        raise Exception("nothing is created in a rehearsal")
class Number(Resource):
    value: pulumi.Output[int]
    def __init__(self, name):
        super().__init__(Numbers(), name, {"value": None})
pulumi.export("half", Number("n").value.apply(lambda value: value / 2))
"""
REMOTE = """
import pulumi
class Vpc(pulumi.ComponentResource):
    vpc_id: pulumi.Output[str]
    def __init__(self, name):
        super().__init__("awsx:ec2:Vpc", name, {"vpc_id": None}, remote=True)
pulumi.export("vpc", Vpc("v").vpc_id.apply(lambda id: id.removeprefix("vpc-")))
"""


@pytest.mark.parametrize("text", [CERTIFICATE, REFERENCE, OPTIONAL_PARTS, FUNCTIONS, DYNAMIC, REMOTE])
def test_what_only_the_cloud_can_tell_breaks_no_program(tmp_path: Path, text: str) -> None:
    assert run(tmp_path, text).stack is not None


def test_an_output_that_is_unknown_still_shows_where_it_comes_from(tmp_path: Path) -> None:
    record_ = (
        "aws.route53.Record('r', name=cert.domain_validation_options[0].resource_record_name, type='A', zone_id='Z1')\n"
    )
    recorded = run(tmp_path, CERTIFICATE + record_)

    found = one(recorded, "aws:route53/record:Record").inputs["name"]
    assert found == Reference(of(recorded, "c").urn, "")


JUDGES_A_MADE_UP_VALUE = """
import json
import pulumi_aws as aws
topic = aws.sns.Topic("t")
def numbered(arn):
    return json.dumps({"Statement": [], "Id": int(arn[-12:], 16)})
aws.sns.TopicPolicy("p", arn=topic.arn, policy=topic.arn.apply(numbered))
"""


def test_a_program_that_fails_on_what_is_made_up_is_rehearsed_as_in_a_preview(tmp_path: Path) -> None:
    recorded = run(tmp_path, JUDGES_A_MADE_UP_VALUE)

    topic = of(recorded, "t").urn
    policy = one(recorded, "aws:sns/topicPolicy:TopicPolicy")
    assert policy.inputs == {"arn": Reference(topic, ""), "policy": Reference(topic, "")}


def test_a_program_that_fails_in_a_preview_too_is_at_fault_and_its_functions_are_named(tmp_path: Path) -> None:
    text = "import json\nimport pulumi_aws as aws\njson.loads(aws.ssm.get_parameter(name='p').value)\n"

    with pytest.raises(
        ProgramFailed,
        match=r"(?s)JSONDecodeError.*made-up answers, and `answers` in guardrails.yaml .*"
        r"aws:ssm/getParameter:getParameter",
    ):
        run(tmp_path, text)


@pytest.mark.parametrize(
    ("requirements", "install"),
    [("", "pulumi-no-such-cloud"), ("pulumi>=3\nPulumi_No.such-cloud==1.0\n", "-r {folder}/requirements.txt")],
)
def test_a_module_that_is_missing_is_named_with_the_command_that_installs_it(
    tmp_path: Path, requirements: str, install: str
) -> None:
    (tmp_path / "requirements.txt").write_text(requirements)

    with pytest.raises(ProgramRefused) as caught:
        run(tmp_path, "import pulumi_no_such_cloud\n")

    command = f"{sys.executable} -m pip install {install.format(folder=tmp_path)}"
    expected = f"the program imports 'pulumi_no_such_cloud', which is not installed: `{command}` installs it"
    assert str(caught.value) == expected


def test_a_program_is_rehearsed_in_its_virtual_environment(tmp_path: Path) -> None:
    virtual_environment(tmp_path / "venv")
    declared = "name: shop\nruntime: {name: python, options: {virtualenv: venv}}\n"
    (tmp_path / "Pulumi.yaml").write_text(declared)

    stack = run(tmp_path, "import only_here, pulumi, sys\npulumi.export('at', [sys.prefix, only_here.WORD])\n").stack

    assert stack is not None
    assert stack.outputs == {"at": [str(tmp_path / "venv"), "here"]}
