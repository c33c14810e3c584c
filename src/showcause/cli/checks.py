"""The points of the doctor that concern the site itself; each looks at one thing and changes nothing."""

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from showcause.casework.ports import Check
from showcause.home import check_secrets
from showcause.settings import HOME_VARIABLE, PREFIX, SETTINGS

if TYPE_CHECKING:
    from showcause.cli.wiring import Site

Points = Callable[["Site", Path | None], list[Check]]

LEAST_ROOM = 512 * 1024 * 1024
LATE = timedelta(minutes=10)
VERDICTS = 20
"""How many verdicts are made once more, as a sample."""
MOST_REPLAYED = 500_000
"""How many events are read for that: a few seconds."""
HEARTBEAT = timedelta(days=1)
FOUNDED = datetime(2024, 2, 17, tzinfo=UTC)
"""Before this day the law that this program serves did not hold: a clock that says so is wrong."""
OTHER_VARIABLES = frozenset({HOME_VARIABLE, "SHOWCAUSE_AS", "SHOWCAUSE_STRICT", "SHOWCAUSE_FACTS"})


def _secrets(site: "Site", policies: Path | None) -> list[Check]:
    count = check_secrets(site.home)
    return [Check("secrets", True, f"{count} files, readable by their owner alone")]


def _variables(site: "Site", policies: Path | None) -> list[Check]:
    known = {setting.variable for setting in SETTINGS} | OTHER_VARIABLES
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    says = f"unknown variables: {', '.join(unknown)}" if unknown else "no unknown variable is set"
    return [Check("environment", not unknown, says, "Unset them; docs/settings.md lists those that count.")]


def _database(site: "Site", policies: Path | None) -> list[Check]:
    from showcause.store.schema import check

    check(site.store)
    return [Check("database", True, "tables and triggers are those of this program")]


def _log(site: "Site", policies: Path | None) -> list[Check]:
    from showcause.casework.reading import setting

    with site.store.read() as view:
        state, origin, waiting = view.log.state(), setting(view, "origin"), view.log.queued()
    last = site.last_signed()
    behind = state.size < last.size or (state.size == last.size and state.root != last.root)
    waits = state.size - last.size
    return [
        Check("origin", origin == site.settings.origin, f"the record says {origin}",
              "Settings, key and record name one log; put back the file that does not belong here."),
        Check("fence", not state.fenced, f"the log is fenced, {waiting} entries wait" if state.fenced else "not fenced",
              "Put back a database as new as what was signed, then `showcause log unfence`."),
        Check("signed head", not behind and waits < 1000,
              f"{state.size} entries, {last.size} signed" + (": the database was rolled back" if behind else ""),
              "See that `showcause serve` runs; if the database is behind, put back a newer one."),
    ]  # fmt: skip


def _keys(site: "Site", policies: Path | None) -> list[Check]:
    """Compare the keys that the log names with those that are pinned, and say how far a rotation is."""
    from showcause.casework.rotating import book_of, earliest_end
    from showcause.transparency.policy import parse_policy

    with site.store.read() as view:
        book, due = book_of(view), earliest_end(view)
    pinned = tuple(str(each) for each in parse_policy(site.home.policy.read_bytes()).logs)
    says = f"{len(book.signing)} sign, as the log says"
    if due is not None:
        says += f"; a rotation goes on and can end from {due:%Y-%m-%d %H:%M} UTC on"
    return [
        Check("keys", pinned == book.signing,
              says if pinned == book.signing else "the log names other keys than trust/log-policy trusts",
              "A change of keys was interrupted: run the same `showcause log rotate` or `log second-key` again."),
    ]  # fmt: skip


def _witnesses(site: "Site", policies: Path | None) -> list[Check]:
    """Look who watches, whether each was heard of within a day, whether one saw another history, and what is pinned."""
    from showcause.casework.log.cosigning import said_from_text
    from showcause.casework.log.watching import watch_of
    from showcause.cli.witnesses import wanted

    file = site.home.witnesses
    said = said_from_text(file.read_text(encoding="utf-8") if file.exists() else "")
    with site.store.read() as view:
        named = [each.name for each in watch_of(view).witnesses]
    heard = {name: said.rows.get(name, {}).get("heard", "") for name in named}
    fresh = (site.clock() - HEARTBEAT).timestamp()
    silent = [name for name in named if said.rows.get(name, {}).get("seen", 0) < fresh]
    forked = [name for name in named if heard[name] == "forked"]
    differ = [name for name, data in wanted(site).items() if not _holds(site.home.trust / name, data)]
    return [
        Check("witnesses", not silent,
              f"{len(named)} are named" + (f"; not heard of for a day: {', '.join(silent)}" if silent else "")
              if named else "none is named: you could show two histories, and the public is told so",
              "`showcause log witness list` says what each answered last."),
        Check("histories", not forked,
              f"{', '.join(forked)} saw another history of this log" if forked else "no witness saw another",
              f"Stop and compare before anything else: the evidence is in {file.name}."),
        Check("pinned trust", not differ,
              f"the record says otherwise than trust/{', trust/'.join(differ)}" if differ else "as the record says",
              "`showcause log trust` writes it; then restart `showcause serve`."),
    ]  # fmt: skip


def _holds(place: Path, data: bytes) -> bool:
    return place.exists() and place.read_bytes() == data


def _urgent(site: "Site", policies: Path | None) -> list[Check]:
    """Look whether witnesses cover the entries of urgent acts, which did not wait for them."""
    from showcause.domain.urgent import UrgentEntry

    with site.store.read() as view:
        below = view.find(UrgentEntry, below_level=True)
    says = ", ".join(f"urgent act below its level: {each.id}" for each in below[:5])
    more = f" and {len(below) - 5} more" if len(below) > 5 else ""
    return [
        Check("urgent acts", not below, says + more if below else "none is below its level",
              "It stands, and was counted in public. `showcause log witness list` says who has not cosigned."),
    ]  # fmt: skip


def _clock(site: "Site", policies: Path | None) -> list[Check]:
    now = site.clock()
    right = now >= max(FOUNDED, site.signed_at())
    return [Check("clock", right, f"the machine says {now:%Y-%m-%d %H:%M:%S} UTC", "Set the clock; use NTP.")]


def _disk(site: "Site", policies: Path | None) -> list[Check]:
    room = shutil.disk_usage(site.home.path).free
    return [
        Check(
            "disk", room >= LEAST_ROOM, f"{room // 2**20} MiB free", "Free space: at 0 nothing is recorded."
        )
    ]


def _people(site: "Site", policies: Path | None) -> list[Check]:
    from showcause.domain.people import Moderator, can_decide

    with site.store.read() as view:
        deciding = sum(can_decide(each) for each in view.find(Moderator, active=True))
    return [
        Check("moderators", deciding >= 3, f"{deciding} can decide",
              "With one, what needs two lasts seven days at most; with two, an appeal against what both decided has "
              "no hearer. Add people: `showcause moderator add`."),
    ]  # fmt: skip


def _policies(site: "Site", policies: Path | None) -> list[Check]:
    """Compare policy files with what is in force: an edited file alone changes nothing."""
    from showcause.casework import catalogue
    from showcause.domain.lifecycle import PolicyState
    from showcause.domain.policy import digest
    from showcause.domain.site import PolicyVersion

    files = catalogue.load(policies or catalogue.default_folder())
    with site.store.read() as view:
        in_force = {v.clause_id: v.digest for v in view.find(PolicyVersion, state=PolicyState.IN_FORCE)}
        proposed = [v.clause.ref for v in view.find(PolicyVersion, state=PolicyState.PROPOSED)]
    edited = [clause.ref for clause in files.clauses if in_force.get(clause.id) != digest(clause)]
    return [
        Check("policy files", not edited,
              f"edited but not in force: {', '.join(edited)}" if edited else f"{len(in_force)} clauses in force",
              "`showcause policies load` proposes them, `policies approve` puts them in force."),
        Check("proposed policies", not proposed, f"waiting for approval: {', '.join(proposed) or 'none'}",
              "`showcause policies approve`, by somebody who did not propose them."),
    ]  # fmt: skip


def _rules(site: "Site", policies: Path | None) -> list[Check]:
    """Look whether the rules that act are those that the record names, and which act for a time only."""
    from showcause.casework.rulework import running
    from showcause.casework.rulework.holding import BEYOND, beyond_lately
    from showcause.casework.rulework.reporting import HELD, held_lately
    from showcause.domain.rule import ACTING, RuleVersion
    from showcause.domain.site import ConnectedPlatform
    from showcause.store.verdicts import reached

    with site.store.read(site.clock()) as view:
        held = view.find(RuleVersion, state=ACTING)
        platforms = [each.name for each in view.find(ConnectedPlatform)]
        wrong = [each.ref for name in platforms for each in running.differing(view, name)]
        places = [place for name in platforms if (place := reached(view, name)) is not None]
    full = [f"{rule} ({came[HELD]} since it began)" for place in places for rule, came in sorted(place.came.items())
            if held_lately(came, site.clock())]  # fmt: skip
    beyond = [f"{rule} ({came[BEYOND]} since it began)" for place in places for rule, came in sorted(place.came.items())
              if beyond_lately(came, site.clock())]  # fmt: skip
    ending = [f"{each.ref} {each.expires_at:%d %B %H:%M} UTC" for each in held if each.expires_at]
    return [
        Check("rules", not wrong,
              f"not what their digest stands for: {', '.join(wrong)}" if wrong else f"{len(held)} versions act",
              "Somebody changed the database: keep it as it is, retire what is named, and propose it from its files."),
        Check("rules that end by themselves", not ending, f"they end: {', '.join(ending) or 'none'}",
              "Somebody else looks at each: `showcause rules ratify`, or `retire`."),
        Check("reports of rules", not full, f"hits held since yesterday: {', '.join(full) or 'none'}",
              "More than rule-reports-hour in an hour: look at what it hits (`showcause rules show`), then narrow or "
              "retire it, or raise the setting."),
        Check("content kept back by rules", not beyond,
              f"content passed since yesterday, beyond the bound of an hour: {', '.join(beyond) or 'none'}",
              "More than rule-holds-hour in an hour: look at what it hits (`showcause rules show`), then narrow or "
              "retire it, or raise the setting."),
    ]  # fmt: skip


def _replays(site: "Site", policies: Path | None) -> list[Check]:
    """Make some verdicts once more, chosen anew each time, and say what the last night's look found."""
    from showcause.casework.rulework.self_checking import check_some
    from showcause.stream.opening import is_there, open_beside

    if not is_there(site.store):
        return []
    log = open_beside(site.store)
    try:
        with site.store.read(site.clock()) as view:
            found = check_some(view, log, secrets.randbelow, VERDICTS, MOST_REPLAYED)
    finally:
        log.close()
    wrong = sorted({*found.differing, *site.differing_verdicts()})
    return [
        Check("verdicts", not wrong, f"{found.says}: {', '.join(wrong)}" if wrong else found.says,
              "Keep database and events as they are: `showcause replay` says what differs."),
    ]  # fmt: skip


def _events(site: "Site", policies: Path | None) -> list[Check]:
    """Look whether all events that were judged are there, and whether any platform's judging stopped or is late."""
    from showcause.domain.errors import EventsMissing
    from showcause.stream.intake import moment_of
    from showcause.stream.opening import is_there, open_incomplete
    from showcause.stream.standing import standing

    found, late = standing(site.store, None), list[str]()
    if is_there(site.store):
        log = open_incomplete(site.store)
        found = standing(site.store, log)
        for name, place in found.judged.items():
            late += [name for each in log.read(place, 1) if moment_of(each.at) < site.clock() - LATE]
        log.close()
    stopped = ", ".join(f"{name} ({code})" for name, code in sorted(site.judging_stopped().items()))
    waiting = ", ".join(f"{count} wait for {name}" for name, count in sorted(found.waiting.items()))
    return [
        Check("events", not found.missing,
              f"{found.missing} events that were judged are missing" if found.missing
              else f"{found.taken} are there, and all that were judged", EventsMissing.default_hint),
        Check("judging", not stopped and not late,
              f"stopped for {stopped}; {waiting}" if stopped else waiting or "no platform's events are judged",
              "The service's log line says what differs: keep database and events as they are, look, then restart it."
              if stopped else "See that `showcause serve` runs, or `showcause work` where processes share the events."),
    ]  # fmt: skip


def _history(site: "Site", policies: Path | None) -> list[Check]:
    """Look whether every file of the history is there, and whether old rows wait to be overwritten."""
    from showcause.stream.history import EPOCH
    from showcause.stream.opening import folder_of, history_of, is_there, open_incomplete
    from showcause.stream.standing import kept

    if folder_of(site.store) is None or not is_there(site.store):
        return []
    log = open_incomplete(site.store)
    try:
        found, pieces = kept(log), [each for each in log.pieces() if each.left_at is None]
        files = history_of(log)
        gone = [each.file for each in pieces if not files.path_of(each).exists()]
    finally:
        log.close()
    until = (
        f", until {EPOCH + timedelta(microseconds=found.moved_until):%Y-%m-%d}" if found.moved_until else ""
    )
    due = found.hours_due
    return [
        Check("history", not gone,
              f"missing: {', '.join(gone[:5])}" if gone else f"{len(pieces)} files are there{until}",
              "Put them back from a copy; `showcause events history check` reads every file."),
        Check("erasures", due is None,
              f"old rows of who was forgotten wait for {due:.0f} hours" if due is not None else "nothing is due",
              "`showcause events scrub` overwrites them; no event is taken meanwhile."),
    ]  # fmt: skip


def _jobs(site: "Site", policies: Path | None) -> list[Check]:
    from showcause.store import jobs

    dead = [job for job in site.store.queries.dead_jobs() if job.kind != "webhook"]
    with site.store.read() as view:
        waiting = jobs.with_state(view.alias, jobs.READY, 10_000)
    late = [job for job in waiting if job.due < site.clock() - LATE]
    kinds = ", ".join(sorted({job.kind for job in dead}))
    return [
        Check("dead jobs", not dead, f"{len(dead)} were given up{f' ({kinds})' if dead else ''}",
              "Their records say what they were about: `showcause enforcement list`, `showcause journal ID`."),
        Check("waiting jobs", not late, f"{len(waiting)} wait, {len(late)} of them are late",
              "See that `showcause serve` runs."),
    ]  # fmt: skip


def _mail(site: "Site", policies: Path | None) -> list[Check]:
    return site.mail.doctor()


def _webhooks(site: "Site", policies: Path | None) -> list[Check]:
    """Count the letters that never arrived: those that were given up and not sent again since."""
    from showcause.casework import webhooks

    with site.store.read() as view:
        held = webhooks.endpoints(view)
        lost = 0
        for each in held:
            newest: dict[str, str] = {}
            for job in webhooks.deliveries(view, each, 10_000):
                newest.setdefault(str(job.args["message"]), job.state)
            lost += list(newest.values()).count("dead")
    paused = ", ".join(each.name for each in held if not each.active)
    says = f"{len(held)} endpoints, {lost} letters were given up{f'; paused: {paused}' if paused else ''}"
    return [
        Check(
            "webhooks", not lost, says, "`showcause webhook deliveries --state dead`, then `webhook replay`."
        )
    ]


def _platforms(site: "Site", policies: Path | None) -> list[Check]:
    """Compare the record's platforms with the connectors of this machine."""
    from showcause.domain.site import ConnectedPlatform, Mode

    with site.store.read() as view:
        recorded = view.find(ConnectedPlatform)
    checks = (
        []
        if recorded
        else [Check("platforms", False, "none is connected", "`showcause connect matrix NAME`.")]
    )
    for each in recorded:
        here = site.settings.platform(each.name)
        mode = here.mode if here else "missing"
        checks += [
            Check(f"connector of {each.name}", mode == each.mode, f"the record says {each.mode}, the connector {mode}",
                  f"`showcause platform mode {each.name} {each.mode}` makes both say the same; then restart `serve`."),
            Check(f"baseline of {each.name}", each.baseline is not None or each.mode is Mode.OBSERVE,
                  "imported" if each.baseline else "not imported: what was there before will count as without a cause",
                  f"`showcause import baseline {each.name}`."),
        ]  # fmt: skip
    return checks


def _confirmations(site: "Site", policies: Path | None) -> list[Check]:
    """Count the orders that stopped because their connector's word did not fit."""
    from showcause.domain.enforcement import Enforcement
    from showcause.domain.errors import ConfirmationRefused
    from showcause.domain.lifecycle import EnforcementState

    with site.store.read() as view:
        stopped = view.find(Enforcement, state=(EnforcementState.FAILED, EnforcementState.STUCK))
    refused = sum(each.failure == ConfirmationRefused.code for each in stopped)
    says = f"of {refused} orders the connector's word is not signed by its logged key, or is about something else"
    return [Check("confirmations", not refused, says, ConfirmationRefused.default_hint)]


SITE_CHECKS: Mapping[str, Points] = {
    "secrets": _secrets,
    "environment": _variables,
    "database": _database,
    "log": _log,
    "keys": _keys,
    "witnesses": _witnesses,
    "urgent": _urgent,
    "clock": _clock,
    "disk": _disk,
    "moderators": _people,
    "policies": _policies,
    "rules": _rules,
    "verdicts": _replays,
    "events": _events,
    "history": _history,
    "jobs": _jobs,
    "mail": _mail,
    "webhooks": _webhooks,
    "platforms": _platforms,
    "confirmations": _confirmations,
}
"""All points by name, in the order in which they are told."""
