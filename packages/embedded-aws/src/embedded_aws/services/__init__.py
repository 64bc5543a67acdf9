"""The services that are ours, or whose behaviour moto lacks: one module or package for each."""
