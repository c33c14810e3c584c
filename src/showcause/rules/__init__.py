"""The rule language: one tree, checked against a schema, with four evaluators that must agree.

Pure: no clock, no random numbers, no files, no framework. `schema` says what an event may hold, `tree` what a rule is.
"""
