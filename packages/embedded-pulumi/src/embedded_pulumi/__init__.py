"""Deploys an unmodified Python Pulumi program without the Pulumi CLI: engine and AWS provider."""
