"""Tells the Auto Scaling group how an instance's first boot has ended. Runs on the instance, from its user data.

The group launches each instance with a lifecycle hook, and this completes its action: CONTINUE once cloud-init is done,
ABANDON if it failed or takes more than an hour. Until then it sends heartbeats, so that an instance which is gone is
given up soon.

Nothing but Python 3.6 and its library, which cloud-init brings with it. Arguments: group, hook, region, endpoint.

Sources: EC2 Auto Scaling User Guide, "Tutorial: Use data script and instance metadata to retrieve lifecycle state";
EC2 User Guide, "Use the Instance Metadata Service" (IMDSv2); IAM User Guide, "Create a signed AWS API request";
cloud-init, "CLI commands": `status` exits with 0 when it is done and with 2 when it is done and had recoverable errors.
"""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from typing import Callable, Dict
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

BEAT = 60.0  # seconds between heartbeats; the hook waits for several of them
LONGEST = 3600.0  # seconds that a boot may take
WENT_WELL = (0, 2)
ATTEMPTS = 40  # of a call: the role may be new, and an instance may be done before the group has it wait
PAUSE = 15.0  # seconds between attempts
TIMEOUT = 10.0  # seconds for an answer
METADATA = "http://169.254.169.254"  # unless AWS_EC2_METADATA_SERVICE_ENDPOINT says otherwise, as for AWS's SDKs
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def main(
    group: str,
    hook: str,
    region: str,
    endpoint: str,
    *,
    beat: float = BEAT,
    longest: float = LONGEST,
    pause: float = PAUSE,
) -> int:
    """Wait for the end of the boot and tell it; 0 if it was told. Times are in seconds."""
    token = _fetch("/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "21600"})
    instance = _fetch("/latest/meta-data/instance-id", "GET", {"X-aws-ec2-metadata-token": token})
    about = {"AutoScalingGroupName": group, "LifecycleHookName": hook, "InstanceId": instance}

    def call(action: str, **params: str) -> str:
        """Make a call of Auto Scaling's; what went wrong, or nothing."""
        try:
            credentials = _credentials(token)
            _post(endpoint, region, credentials, dict(about, Action=action, Version="2011-01-01", **params))
        except HTTPError as error:
            return f"{error}: {error.read().decode('utf-8', 'replace')}"
        except (URLError, OSError, ValueError) as error:
            return str(error)
        return ""

    well = _boots_well(lambda: call("RecordLifecycleActionHeartbeat"), beat, longest)
    result = "CONTINUE" if well else "ABANDON"
    for _ in range(ATTEMPTS):
        refused = call("CompleteLifecycleAction", LifecycleActionResult=result)
        if not refused:
            print(f"told {group} that the first boot ended with {result}")
            return 0
        print(refused, file=sys.stderr)
        time.sleep(pause)
    return 1


def _boots_well(tell: Callable[[], object], beat: float, longest: float) -> bool:
    """Whether cloud-init ends well and in time; tells that it goes on once in a while until then."""
    boot = subprocess.Popen(["cloud-init", "status", "--wait"], stdout=subprocess.DEVNULL)
    ends = time.monotonic() + longest
    while time.monotonic() < ends:
        try:
            return boot.wait(beat) in WENT_WELL
        except subprocess.TimeoutExpired:
            tell()
    boot.kill()
    boot.wait()
    return False


def _fetch(path: str, method: str, headers: Dict[str, str]) -> str:
    address = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", METADATA).rstrip("/")
    request = Request(address + path, method=method, headers=headers)
    with urlopen(request, timeout=TIMEOUT) as answer:
        return str(answer.read().decode())


def _credentials(token: str) -> Dict[str, str]:
    """The credentials of the instance's role, as they are now: they are renewed every few hours."""
    path, headers = "/latest/meta-data/iam/security-credentials/", {"X-aws-ec2-metadata-token": token}
    role = _fetch(path, "GET", headers).splitlines()[0]
    return dict(json.loads(_fetch(path + role, "GET", headers)))


def _post(endpoint: str, region: str, credentials: Dict[str, str], params: Dict[str, str]) -> None:
    """Make a signed call."""
    body = urlencode(sorted(params.items()), quote_via=quote).encode()
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {
        "content-type": FORM,
        "host": urlsplit(endpoint).netloc,
        "x-amz-date": now,
        "x-amz-security-token": credentials["Token"],
    }
    names = ";".join(sorted(headers))
    lines = ["POST", "/", "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, _hash(body)]
    scope = f"{now[:8]}/{region}/autoscaling/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, _hash("\n".join(lines).encode())])
    key = ("AWS4" + credentials["SecretAccessKey"]).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    signer = f"{credentials['AccessKeyId']}/{scope}"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={signer}, SignedHeaders={names}, Signature={signature}"
    with urlopen(Request(endpoint, data=body, headers=headers, method="POST"), timeout=TIMEOUT):
        pass


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
