"""EventBridge of the embedded AWS: rules that fire in cloud time, and what their targets get."""
