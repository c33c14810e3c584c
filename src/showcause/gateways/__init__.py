"""Ways out of the house that are no platform: the log's signer."""
