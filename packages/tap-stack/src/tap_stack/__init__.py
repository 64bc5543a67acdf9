"""TAP: a fleet on AWS that heals itself and that nobody can log into.

from tap_stack import InfraConfig, TapStack, aws_provider, export_outputs
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_stack.components.healer import Healer
    from tap_stack.components.network import Network
    from tap_stack.config import InfraConfig
    from tap_stack.fleet import Fleet
    from tap_stack.provider import aws_provider
    from tap_stack.stack import TapStack, export_outputs

__all__ = ["Fleet", "Healer", "InfraConfig", "Network", "TapStack", "aws_provider", "export_outputs"]

WHERE = {
    "Fleet": "tap_stack.fleet",
    "Healer": "tap_stack.components.healer",
    "InfraConfig": "tap_stack.config",
    "Network": "tap_stack.components.network",
    "TapStack": "tap_stack.stack",
    "aws_provider": "tap_stack.provider",
    "export_outputs": "tap_stack.stack",
}


def __getattr__(name: str) -> Any:
    """Import at first use: the healer is a part of this package, and must not wait for Pulumi's AWS SDK."""
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(WHERE[name]), name)
