"""How previews, updates and refreshes are shown: what the engine tells, as text for people and as JSON for programs."""
