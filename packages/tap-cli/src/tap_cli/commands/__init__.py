"""The commands of `tap`, one module for each group: each parses its options, calls, and prints."""
