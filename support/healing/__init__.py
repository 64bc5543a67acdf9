"""A healer in an AWS in process: how a test starts a sweep, and what it sees of it."""
