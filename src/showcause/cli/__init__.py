"""The `showcause` command."""
