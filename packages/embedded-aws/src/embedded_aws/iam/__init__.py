"""IAM as AWS documents it: policy documents, conditions, evaluation, and the guard that applies them to calls.

documents   what a policy says           patterns     wildcards and policy variables
conditions  when a statement is in effect evaluate     explicit deny, allow, implicit deny
permissions what an API call needs        tables       those needs, service by service
readings    what the text of a value stands for
facts       what the account holds        authorizer   the guard: sessions, verdicts, what was used
"""
