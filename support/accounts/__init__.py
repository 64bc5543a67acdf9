"""A stack's whole life, on one kind of account after the other."""
