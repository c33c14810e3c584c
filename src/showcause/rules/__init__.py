"""The rule language: one tree, checked against a schema, with four evaluators that must agree.

Pure: no clock, no random numbers, no files, no framework. What a rule means is docs/reference/rule-semantics.md; how it
is written is read by the modules around `parsing`, `checking` and `rule_file`, which make of it what these work on:

    schema         what an event may hold
    admitting      what may become an event
    tree           what a rule is
    rule_set       rules with the versions of all they name
    canonical      digests of all that
    bounds         whether a set may be evaluated
    normal         the negation normal form
    python_code    the function that decides
    tracing        the evaluator that explains
    sql            the query over history
    cel            the oracle that is not ours
    searching      patterns, by RE2
    rollout        which accounts a rule is tried out on
    counters       what a rule may ask of earlier events
    windows, fold  how that is counted
"""
