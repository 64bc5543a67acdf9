"""SNS of the embedded AWS: who may publish, and what was delivered to whom."""
