"""What the user's own files add to an instance's first boot: they are read, filled in, and packed behind our script.

Everything here happens before anything is created, so that a file that cannot be used is one clear error.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import TypeAlias

from tap_stack.components import boot_hook, user_data
from tap_stack.components.policies import Place
from tap_stack.config import InfraConfig
from tap_stack.errors import ConfigError, shown

LONGEST = 16_384
"""Bytes of user data, before it is encoded (EC2 User Guide, "Run commands when you launch an EC2 instance")."""

LARGEST_FILE = 1_000_000
"""Bytes that are read of a file; cloud-init's own limits are far below."""

KINDS: Mapping[str, str] = {"#!": "x-shellscript", "#cloud-config": "cloud-config", "## template: jinja": "jinja2"}
"""How a file begins, and which type cloud-init knows it by (cloud-init, "User data formats")."""

ACCEPTED = "files that begin with #! (a script), #cloud-config, or `## template: jinja`"
PLACEHOLDER = re.compile(r"\$\{tap:([^}\n]*)\}")

Refused: TypeAlias = Callable[[str], ConfigError]
"""Makes the error for a file, of what is wrong with it."""


@dataclass(frozen=True)
class Part:
    """One file of the user's: its name, its type for cloud-init, and its text."""

    name: str
    kind: str
    text: str


def first_boot(config: InfraConfig, place: Place, vpc_cidr: str) -> bytes:
    """The user data of the fleet's instances, in raw form. `vpc_cidr` is what `${tap:vpcCidr}` stands for.

    Without files of the user's it is our script as it is. With files it is a MIME document of several parts, which
    cloud-init takes apart: scripts run in the order of the parts, after ours, so that an instance whose own boot fails
    can be reached. The first of ours tells the group how the boot ends. What is longer than EC2 takes is compressed,
    which cloud-init sees by itself.

    Raises:
        ConfigError: a file cannot be read or is none that cloud-init takes, or all of it is too long.
    """
    script = user_data.boot_script(config.names.agent_parameter, place)
    if not config.user_data_file:
        return script.encode()
    values = {**_values(config, place), "vpcCidr": vpc_cidr}
    own = [_part(config, name, values) for name in config.user_data_file]
    watch = boot_hook.watch_script(config.names.group, config.names.boot_hook, place)
    # An instance that leaves a warm pool boots again, and the group waits for it again.
    each_boot = "x-shellscript-per-boot" if config.warm_pool else "x-shellscript"
    ours = [Part("tap-boot", each_boot, watch), Part("tap-agents", "x-shellscript", script)]
    raw = _packed([*ours, *own])
    sent = raw if len(raw) <= LONGEST else gzip.compress(raw, 9, mtime=0)
    if len(sent) > LONGEST:
        most = f"files that fit into {LONGEST} bytes after compression, with TAP's own script; these take {len(sent)}"
        raise config.refused("user_data_file", most)
    return sent


def _values(config: InfraConfig, place: Place) -> dict[str, str]:
    """What `${tap:NAME}` in a file stands for, by name."""
    return {
        "account": place.account,
        "autoScalingGroupName": config.names.group,
        "environment": config.environment,
        "environmentSuffix": config.environment_suffix,
        "namePrefix": config.name_prefix,
        "partition": place.partition,
        "region": place.region,
    }


def _part(config: InfraConfig, name: str, values: Mapping[str, str]) -> Part:
    def refused(what: str) -> ConfigError:
        return config.refused("user_data_file", f"{ACCEPTED}; {shown(name)} {what}")

    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        text = content.decode()
    except OSError as error:
        raise refused(f"cannot be read from {Path.cwd()}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise refused("is no text in UTF-8") from error
    if len(content) > LARGEST_FILE:
        raise refused(f"is longer than {LARGEST_FILE} bytes")
    if "\r" in text:
        raise refused("has the line ends of Windows, which shells and cloud-init do not take")
    kind = next((kind for begin, kind in KINDS.items() if text.startswith(begin)), None)
    if kind is None:
        raise refused("begins otherwise")
    for found in PLACEHOLDER.finditer(text):
        if found[1] not in values:
            line = text.count("\n", 0, found.start()) + 1
            raise refused(f"has {found[0]} in line {line}, which is none of {', '.join(values)}")
    text = PLACEHOLDER.sub(lambda found: values[found[1]], text)
    if kind == "cloud-config":
        _check_cloud_config(text, refused)
    return Part(path.name, kind, text)


def _check_cloud_config(text: str, refused: Refused) -> None:
    """Refuse what is no mapping in YAML: cloud-init would log it and go on without."""
    import yaml  # noqa: PLC0415 - most programs have no cloud-config

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise refused("is no YAML" + (f" in line {mark.line + 1}" if mark else "")) from error
    if not isinstance(document, dict):
        raise refused("is no mapping in YAML")


def _packed(parts: Iterable[Part]) -> bytes:
    """A MIME document of the parts: the same bytes for the same parts.

    cloud-init runs scripts in the order of their file names, so that each name begins with its number.
    """
    numbered = [(f"{number:03}-{part.name}", part) for number, part in enumerate(parts, 1)]
    digest = hashlib.sha256(repr(numbered).encode()).hexdigest()
    document = MIMEMultipart(boundary=f"tap-{digest[:24]}")
    for name, part in numbered:
        piece = MIMEText(part.text, part.kind, "us-ascii" if part.text.isascii() else "utf-8")
        piece.add_header("Content-Disposition", "attachment", filename=name)
        document.attach(piece)
    return document.as_bytes()
