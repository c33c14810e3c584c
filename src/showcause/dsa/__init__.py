"""The vocabulary and duties of the Digital Services Act."""
