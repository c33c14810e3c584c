"""The comment section: a small platform of our own, behind the same port as the others."""
