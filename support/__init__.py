"""Models, stacks and cases that the suites of all distributions share; none of them is a test."""
