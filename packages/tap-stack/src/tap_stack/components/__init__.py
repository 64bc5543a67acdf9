"""The parts of the stack: one Pulumi component per file, and the arithmetic and documents they are made from."""
