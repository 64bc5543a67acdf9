"""The account and the region of a cloud that is told nothing else."""

from __future__ import annotations

ACCOUNT = "123456789012"
"""moto's own, and so that of every cloud."""

DEFAULT_REGION = "us-east-1"
