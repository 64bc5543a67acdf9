"""The healer: finds instances whose EC2 status checks fail and gets them replaced, within strict limits."""
