"""What CloudWatch Logs demands of the name of a log stream.

Source: API CreateLogStream: unique within the log group, 1 to 512 characters, without `:` and `*`.
"""

from __future__ import annotations

import re

from embedded_aws.in_process.errors import AwsError

NAME = re.compile(r"[^:*]*")
LONGEST_NAME = 512


def check_name(name: str) -> None:
    """Refuse a name that is none. Raises AwsError: `InvalidParameterException`."""
    if len(name) > LONGEST_NAME:
        problem = f"Member must have length less than or equal to {LONGEST_NAME}"
    elif not NAME.fullmatch(name):
        problem = f"Member must satisfy regular expression pattern: {NAME.pattern}"
    else:
        return
    where = f"Value '{name}' at 'logStreamName' failed to satisfy constraint"
    raise AwsError("InvalidParameterException", f"1 validation error detected: {where}: {problem}")


def exists() -> AwsError:
    """The answer to the second who creates a stream of one name."""
    return AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")


def invalid_token() -> AwsError:
    """The answer to a token of which DescribeLogStreams knows nothing."""
    return AwsError("InvalidParameterException", "The specified nextToken is invalid.")
