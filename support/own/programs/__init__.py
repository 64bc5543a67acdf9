"""The programs; each is run as a `__main__.py`, and begins as its owner's does."""
