"""Lambda and EventBridge of the embedded cloud."""
