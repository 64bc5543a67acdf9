"""What a command is to the terminal that started it: where its output goes, how it is interrupted, what it waits for.

Nothing here imports anything that takes time: a command is ready for Ctrl-C, and shows that it works, before it imports
what it needs.
"""

ASKED_BY_A_SHELL = "_TAP_COMPLETE"
"""The variable that a shell sets when it asks the command how to complete a word: it then shows nothing else."""
