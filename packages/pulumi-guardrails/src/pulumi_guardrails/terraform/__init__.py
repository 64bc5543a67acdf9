"""What a program registers in the form of a Terraform plan, which scanners read that know nothing of Pulumi."""
