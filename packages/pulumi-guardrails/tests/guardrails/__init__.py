"""Tests of the guardrails: every rule on the real stack and on what differs from it by one thing, and three doors."""
