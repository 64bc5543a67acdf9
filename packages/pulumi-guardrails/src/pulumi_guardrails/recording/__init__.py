"""Learns what a Pulumi program registers by running it with nothing behind it: every output is made up."""
