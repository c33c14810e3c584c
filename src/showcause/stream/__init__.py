"""Events: taken in, brought into one order, counted and judged.

Shell: it owns the transactions of the event log. What an event is, what a window counts and what a rule says stands in
`rules`, which knows no database.
"""
