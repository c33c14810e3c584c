"""Benchmarks: one JSON object a row, our figure with its target and the peer's figure from the same run."""
