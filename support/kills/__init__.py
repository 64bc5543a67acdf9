"""A life of the whole stack in which engine, program and connection are interrupted."""
