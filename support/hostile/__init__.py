"""Configurations that nobody would write, and the rules that hold for each."""
