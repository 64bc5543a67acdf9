"""Each resource type of the aws provider as it is tried: on what it stands, and what of it is changed."""
