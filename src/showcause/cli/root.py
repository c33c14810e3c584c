"""The `showcause` command: its groups and commands by name, each imported when it is called."""

from pathlib import Path

import click

from showcause import __version__
from showcause.cli.desk import HOME_OPTION
from showcause.cli.frame import Entry, Root

_AT = "showcause.cli."

COMMANDS: dict[str, Entry] = {
    "init": (_AT + "site:init", "Found a site: folders, secrets, log, first person, policies."),
    "migrate": (_AT + "site:migrate", "Bring the database to what this program needs."),
    "serve": (_AT + "serve:serve", "Run the worker: sign, carry out, serve, keep deadlines."),
    "work": (_AT + "work:work", "Judge one part of events that several processes share."),
    "signer": (_AT + "signer:signer", "Sign for one site, at a socket."),
    "connect": (_AT + "connect:connect", "Connect a platform."),
    "platform": (_AT + "connect:platform", "Look at platforms and switch their mode."),
    "import": (_AT + "connect:import_", "Import what was there before."),
    "baseline": (_AT + "baselines:baseline", "Look at what was imported, and record causes."),
    "scan": (_AT + "connect:scan", "Search a platform for restrictions without a recorded cause."),
    "moderator": (_AT + "people:moderator", "Add, list and retire the people of the house."),
    "apikey": (_AT + "apikeys:apikey", "Make, list and revoke the keys of programs."),
    "mail": (_AT + "mail:mail", "Look whether letters leave by mail, and take in what comes back."),
    "webhook": (_AT + "webhooks:webhook", "Tell a platform's own software what happened."),
    "setting": (_AT + "people:setting", "Look at the settings of the site and change them."),
    "policies": (_AT + "policies:policies", "Check, propose and approve the clauses."),
    "rules": (_AT + "rules:rules", "Write rules, try them, and take them live in steps."),
    "report": (_AT + "reports:report", "File a report."),
    "queue": (_AT + "cases:queue", "List the open cases in the order in which to take them."),
    "case": (_AT + "cases:case", "Look at a case, work on it, and decide."),
    "campaign": (_AT + "campaigns:campaign", "Decide on many copies at once, and review a sample."),
    "urgent": (_AT + "urgent:urgent", "Act at once, and confirm or lift what was done at once."),
    "appeal": (_AT + "appeals:appeal", "Lodge appeals and answer them."),
    "enforcement": (
        _AT + "orders:enforcement",
        "Look at orders; repeat them or accept what the platform did.",
    ),
    "fall": (_AT + "orders:fall", "Look at decisions whose ground fell, and settle them."),
    "decision": (_AT + "shown:decision", "Look at a decision."),
    "statement": (_AT + "shown:statement", "Read a statement of reasons."),
    "journal": (_AT + "shown:journal", "Show every change of a record."),
    "receipt": (_AT + "log:receipt", "Write the proof that a decision is in the log."),
    "log": (_AT + "log:log", "Look at the log, check it, export it."),
    "verify": (_AT + "verify:verify", "Check a proof, offline, and say what it shows."),
    "witness": (_AT + "witness:witness", "Watch a log that you do not trust, and cosign what it shows you."),
    "mirror": (_AT + "witness:mirror", "Keep a copy of a log that you do not trust."),
    "explain": (_AT + "replaying:explain", "Say why a rule fired, or who decided."),
    "replay": (_AT + "replaying:replay", "Make recorded verdicts once more, or say what is missing."),
    "who-else": (_AT + "rule_past:who_else", "Say whom a version of a rule would have hit in a period."),
    "diff": (_AT + "rule_past:diff", "Compare two versions of a rule by what they would have hit."),
    "events": (_AT + "events:events", "Declare what events hold, take them in, and see how far they are."),
    "comments": (_AT + "comments:comments", "Look after a newspaper's comment section."),
    "forget": (_AT + "forgetting:forget", "Destroy the key of a person, and with it what is kept of them."),
    "backup": (_AT + "copies:backup", "Copy the database, and apart from it the keys."),
    "restore": (_AT + "copies:restore", "Put a copy back."),
    "doctor": (_AT + "doctor:doctor", "Say what is wrong and what to do."),
    "bench": (_AT + "tools:bench", "Measure."),
    "demo": (_AT + "demo:demo", "Play a night on a fictional platform, and explain it."),
}


@click.command(cls=Root, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@HOME_OPTION
@click.option("--debug", is_flag=True, help="Show the traceback of a bug.")
@click.version_option(__version__, prog_name="showcause")
def root(home: Path | None, debug: bool) -> None:
    """Trust and safety in which no action counts unless it can show its cause."""
