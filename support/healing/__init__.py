"""A healer in an AWS in process, for tests."""
