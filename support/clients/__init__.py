"""The AWS CLI as an operator uses it, against a fresh stack: the commands, what each has to answer, and the run."""
