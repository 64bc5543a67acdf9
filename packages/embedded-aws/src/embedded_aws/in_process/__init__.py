"""An AWS in process: one account with one Auto Scaling group, answered from `embedded_aws.fleet` in simulated time.

`Account` is what AWS knows, `ClientSession` has the boto3-shaped clients of one caller, `ApiFaults` says what goes
wrong between the two. Used by the simulator, the healer's tests and the benches.
"""
