"""A deployed stack: how tests and measurements make one, look at it, and bring something about in it."""
