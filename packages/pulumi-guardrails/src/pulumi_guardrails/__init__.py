"""Rules that refuse a wrong stack: over what a Pulumi program registers, before anything is created."""
