"""The rules, by subject. A rule is a function that judges, and says why; the rest is made of it."""
