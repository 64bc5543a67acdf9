"""Pulumi and AWS on this machine: the unmodified program, really deployed, from `pip install` alone."""
