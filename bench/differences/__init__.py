"""The same programs on the real Pulumi CLI and on the embedded engine, and where the two decide differently."""
