"""Auto Scaling groups of public programs, as facts, and what shows that a fleet is what they ask for."""
