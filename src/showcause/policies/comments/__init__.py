"""The clauses of a comment section, as YAML files: proposed when a site connects one, and to nobody else.

Every preset hides, by one person alone, and asks for no fact to be filled in: refusing is one key. Which sentence of
the comment it concerns is quoted beside it (`casework.refusing`).
"""
