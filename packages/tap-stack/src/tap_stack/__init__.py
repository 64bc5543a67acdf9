"""TAP: a fleet on AWS that heals itself and that nobody can log into."""
