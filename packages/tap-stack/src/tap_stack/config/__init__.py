"""The configuration of a stack: what can be chosen, where it is read from, and what is refused."""

from tap_stack.config.model import InfraConfig
from tap_stack.config.names import Names

__all__ = ["InfraConfig", "Names"]
