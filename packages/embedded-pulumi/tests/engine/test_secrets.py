"""Secrets: wherever they come from they never stand in the state in clear, and the Pulumi CLI can read them there."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from support.harness import PASSPHRASE, Client, Stack

from embedded_pulumi.engine.passphrase import Crypter, WrongPassphrase
from embedded_pulumi.engine.state import StateFile
from embedded_pulumi.errors import StateError
from embedded_pulumi.values import Secret

SECRET = "hunter-2-hunter-2"


def test_a_passphrase_of_pulumis_own_tests_opens_its_salt() -> None:
    """Source: pulumi/pkg/secrets/passphrase/manager_test.go."""
    salt = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="

    crypter = Crypter.open("password", salt)
    assert crypter.decrypt(crypter.encrypt("text")) == "text"
    with pytest.raises(WrongPassphrase):
        Crypter.open("password123", salt)


@pytest.mark.parametrize("salt", ["", "fozI5u6B030=:v1:F+6ZduL:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==", "v1:fozI5u6B030="])
def test_a_broken_salt_is_refused(salt: str) -> None:
    with pytest.raises(WrongPassphrase, match="malformed"):
        Crypter.open("password", salt)


def test_the_empty_passphrases_key_is_known_and_is_the_one_that_pulumi_derives() -> None:
    _, encoded, _ = Crypter.create("").state.split(":", 2)
    key = hashlib.pbkdf2_hmac("sha256", b"", base64.b64decode(encoded), 1_000_000, 32)

    _, nonce, data = Crypter.create("").encrypt("text").split(":")
    assert AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(data), None) == b"text"


def test_two_states_of_one_passphrase_have_salts_of_their_own() -> None:
    assert Crypter.create("a").state.split(":")[1] != Crypter.create("a").state.split(":")[1]


def test_a_text_is_encrypted_differently_each_time() -> None:
    crypter = Crypter.create(PASSPHRASE)

    assert crypter.encrypt("text") != crypter.encrypt("text")


def test_a_secret_never_stands_in_the_state_in_clear(stack: Stack) -> None:
    seen: list[str] = []
    stack.listener = lambda _: seen.append(stack.file.read_text() if stack.file.exists() else "")

    def program(client: Client) -> None:
        a = client.register("a", {"name": "a", "value": Secret(SECRET)})
        box = client.register("box", {"inner": Secret(SECRET)}, type_="toy:index:Box", custom=False)
        client.register("b", {"value": {"open": 1, "hidden": Secret(SECRET)}})
        client.register("c", {"value": [1, Secret(SECRET)]})
        client.export({"out": a.outputs["value"]}, box.urn)
        client.export({"password": a.outputs["value"]})

    summary = stack.up(program)
    stack.refresh()

    assert summary.outputs == {"password": Secret(SECRET)}
    assert stack.cloud.named("a")["value"] == SECRET
    assert SECRET not in "".join([*seen, stack.file.read_text()])
    assert stack.up(program).changes == {"same": 5}


def test_the_provider_sees_no_secrecy_and_its_answer_gets_it_back(stack: Stack) -> None:
    answers = []
    stack.up(lambda client: answers.append(client.register("a", {"name": "a", "value": Secret({"x": SECRET})})))

    assert stack.cloud.named("a")["value"] == {"x": SECRET}
    assert answers[0].outputs["value"] == Secret({"x": SECRET})
    assert answers[0].outputs["name"] == "a"


def test_only_the_secret_part_of_an_object_is_hidden(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"value": {"open": 1, "hidden": Secret(SECRET)}}))

    assert stack.resource("a")["outputs"]["value"]["open"] == 1


def test_additional_outputs_can_be_secret(stack: Stack) -> None:
    answers = []
    stack.up(lambda client: answers.append(client.register("a", additionalSecretOutputs=["arn"])))

    assert answers[0].outputs["arn"] == Secret("arn:thing-1")
    assert "arn:thing-1" not in stack.file.read_text()


def test_a_property_that_becomes_secret_is_no_change_but_is_hidden(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": SECRET}))
    assert SECRET in stack.file.read_text()

    summary = stack.up(lambda client: client.register("a", {"name": "a", "value": Secret(SECRET)}))

    assert summary.changes == {"same": 2}
    assert SECRET not in stack.file.read_text()


def test_secret_configuration_reaches_the_provider_and_stays_secret(stack: Stack) -> None:
    stack.config["toy:token"] = SECRET
    stack.secret_keys = ("toy:token",)
    engine = stack.prepare(lambda client: client.register("a"))
    package = engine._providers[0]
    engine.up()

    assert package.configured == [{"region": "here", "token": SECRET}]  # type: ignore[attr-defined] # the toy's account
    assert SECRET not in stack.file.read_text()


def test_secrets_survive_from_one_deployment_to_the_next(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": Secret(SECRET)}))
    salt = stack.latest()["secrets_providers"]

    stack.up(lambda client: client.register("a", {"name": "a", "value": Secret(SECRET + "!")}))

    assert stack.cloud.named("a")["value"] == SECRET + "!"
    assert stack.latest()["secrets_providers"] == salt
    assert salt["type"] == "passphrase"


def test_another_passphrase_does_not_open_the_state(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"value": Secret(SECRET)}))

    with pytest.raises(StateError, match="the passphrase is not the one"):
        StateFile(stack.file, passphrase="wrong").load()


def test_a_stack_without_secrets_needs_no_passphrase(stack: Stack) -> None:
    stack.up(lambda client: client.register("a"))

    assert "secrets_providers" not in stack.latest()


def test_a_ciphertext_holds_json_as_the_pulumi_cli_expects(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"value": Secret({"x": [1, "y"]})}))

    crypter = Crypter.open(PASSPHRASE, stack.latest()["secrets_providers"]["state"]["salt"])
    ciphertext = stack.resource("a")["inputs"]["value"]["ciphertext"]
    assert json.loads(crypter.decrypt(ciphertext)) == {"x": [1, "y"]}


def test_a_secret_in_plaintext_as_the_cli_exports_it_is_read(stack: Stack) -> None:
    stack.up(lambda client: client.register("a", {"name": "a", "value": "v"}))
    state = json.loads(stack.file.read_text())
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"v"'}
    state["checkpoint"]["latest"]["resources"][-1]["inputs"]["value"] = mark
    stack.file.write_text(json.dumps(state))

    (resource,) = [state for state in StateFile(stack.file).load().resources if state.urn.endswith("::a")]
    assert resource.inputs["value"] == Secret("v")
