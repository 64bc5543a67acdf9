"""docs/types.md, written from the embedded provider itself: `python -m tools.types_page --write`."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_pulumi.aws.endpoint_limits import EMBEDDED_AWS
from embedded_pulumi.aws.fields import Text
from embedded_pulumi.aws.registry import INVOKES, RESOURCES
from tools import pages

COMMAND = "python -m tools.types_page --write"
FILE = "docs/types.md"

_HEAD = f"""\
# Types of the embedded AWS

Written by `{COMMAND}` from `embedded_pulumi/aws/registry.py` and `endpoint_limits.py`.

`tap up` deploys these {len(RESOURCES)} resource types of Pulumi's `aws` package, and answers these {len(INVOKES)}
functions. An input is refused in the preview, by name, where the embedded provider does not have it, or the embedded
AWS would not do what it says. `docs/adding-a-type.md` says how one more type is added.

## A type that is not here

`tap preview` and `tap up` refuse a program with such a type, name every one of them, and touch nothing. With
`--unmodelled=note` they go on:

- The resource is recorded, and nothing is called. It has the inputs of the program, and outputs that are made up:
  texts that begin with `made-up`, an ARN of the account, `0`, `false`, or nothing in a list. What depends on it is made
  with these. So the embedded AWS knows nothing of it: a group cannot get traffic from a load balancer that is noted.
- It is marked: in the tree, in the summary, under `unmodelled` in `--json`, and in the state, where its output
  `__unmodelled` lists the outputs that are made up.
- `tap refresh` leaves it as it is, and `tap destroy` takes it out of the state. Neither needs the option.
- When a later version has the type, the next `tap up` replaces what was noted with the real thing.

With `--unmodelled=note` a function that is not here has a made-up answer, always the same for the same arguments, and
a warning names the function. Resources of packages other than `aws` are noted too, with the inputs that the program
gives, and with more only where the package's SDK is installed beside `tap`. Without the option both are refused.

## Why some are not here

A type is here when the embedded AWS does what the type says, as far as the rest of AWS can see it. These are refused,
because nothing would come of them:

- `aws:apigateway/*`, `aws:apigatewayv2/*`, `aws:cloudfront/*`: no request from the internet arrives here, so there is
  nothing that an API or a distribution could pass on. For the same reason the pages of a bucket's web site are stored
  and not served.
- `aws:backup/selection:Selection`: nothing is backed up here. A vault and a plan can be made, as a plan without a
  selection backs up nothing on AWS either.

No container runs here. The tasks of `aws:ecs/service:Service` on Fargate have interfaces and addresses, are healthy or
not as a test says, and are replaced; those on EC2 find no container instance, and the service's events say so.

## Resource types

"""


def page() -> str:
    """The page."""
    functions = "".join(f"- `{token}`\n" for token in sorted(INVOKES))
    return _HEAD + "".join(_table()) + f"\n## Functions\n\n{functions}"


def _table() -> Iterator[str]:
    yield "| type | inputs that are refused | values that are taken |\n|---|---|---|\n"
    for token, each in sorted(RESOURCES.items()):
        limits = EMBEDDED_AWS.get(token, {})
        refused = [*each.unsupported, *(path for path, taken in limits.items() if taken is None)]
        taken = [f"`{path}`: {_values(text)}" for path, text in limits.items() if text is not None]
        yield f"| `{token}` | {', '.join(f'`{name}`' for name in sorted(refused))} | {'; '.join(taken)} |\n"


def _values(text: Text) -> str:
    return (text.accepts or ", ".join(text.one_of)).replace("|", "/")


PAGES: pages.Pages = {FILE: lambda _: page()}

if __name__ == "__main__":
    pages.main(PAGES, COMMAND)
