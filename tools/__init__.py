"""Generators of pages, and what the tests of the house go by: nothing here is installed."""
