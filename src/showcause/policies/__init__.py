"""The default policy catalogue and the sentences of letters and statements, as YAML files."""
