"""The page of the person concerned, and what they publish of it."""
