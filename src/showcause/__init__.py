"""Showcause: trust and safety in which no action counts unless it can show its cause."""

__version__ = "0.1.0"
