"""The reporter's door: forms, status, contact points."""
