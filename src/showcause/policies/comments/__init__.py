"""The clauses of a comment section, as YAML files: proposed when a site connects one, and to nobody else.

Every preset hides, by one person alone, and asks for one fact, `words`: the sentence of the comment that it is about,
at most 300 characters. So a refusal always says which sentence.
"""
