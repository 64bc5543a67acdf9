"""What the suites of all distributions share: models, stacks and cases, none of them a test."""
