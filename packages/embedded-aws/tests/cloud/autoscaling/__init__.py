"""Tests of the embedded Auto Scaling."""
