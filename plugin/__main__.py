"""What Pulumi starts to make TAP's components for a program in another language."""

from tap_stack.plugin import serve

serve()
