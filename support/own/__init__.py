"""Programs of one's own around a TapStack, and their lives through the installed command."""
