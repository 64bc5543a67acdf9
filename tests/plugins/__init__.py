"""The aws provider as a plugin: the real executable, driven as the Pulumi CLI's engine drives it."""
