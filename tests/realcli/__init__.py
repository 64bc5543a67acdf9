"""With the real Pulumi CLI, where there is one."""
