"""SSM, where moto lacks what AWS publishes in it."""
