"""Logins of the people of the house."""
