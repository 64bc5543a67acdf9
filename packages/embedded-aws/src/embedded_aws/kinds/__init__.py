"""What kinds of AWS account there are: which quotas they have, and what their organisation lets them do."""

from embedded_aws.kinds.catalogue import KINDS, STANDARD
from embedded_aws.kinds.description import AccountKind, ZoneTrouble

__all__ = ["KINDS", "STANDARD", "AccountKind", "ZoneTrouble"]
