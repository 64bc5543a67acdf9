"""Tests of `tap demo`, run as a user runs it."""
