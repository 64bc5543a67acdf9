"""An engine for unmodified Pulumi Python programs: it speaks their protocol, plans the steps and keeps the state."""
