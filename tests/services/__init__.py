"""Real servers that the tests start themselves, on this machine only, and stop by their own handle."""
