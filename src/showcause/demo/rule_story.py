"""The chapter about a rule: foretold before it acts, explained and made once more when it fired, then compared."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from showcause.casework import event_schemas
from showcause.casework.rulework import (
    approving,
    backtesting,
    explaining,
    history,
    parts,
    proposing,
    replaying,
    trying,
)
from showcause.casework.rulework.backtesting import Prepared
from showcause.casework.rulework.trying import Forecast
from showcause.demo.stage import PLATFORM, Stage
from showcause.domain.report import Report
from showcause.domain.rule import RuleVersion, Seen
from showcause.rules.declared import Declaration
from showcause.store.verdicts import Verdict, verdicts
from showcause.stream.intake import Intake
from showcause.stream.opening import open_beside

AUTHOR: Final = "ada"
NAME: Final = "early_links"
SCHEMA: Final = f"""\
platform: {PLATFORM}
account: actor.id
reports: none
fields:
  kind: {{type: text, needed: true, words: {{en: what happened, fr: ce qui s’est passé}}}}
  actor.id: {{type: text, personal: true}}
  actor.age_s: {{type: int, unit: seconds, words: {{en: the age of the account, fr: l’âge du compte}}}}
  content.links: {{type: int, words: {{en: the number of links, fr: le nombre de liens}}}}
"""
RULE: Final = """\
id: early_links
title: {en: "Links from an account made today", fr: "Des liens d’un compte créé le jour même"}
clause: integrity.spam@1
owner: policy
severity: low
expected: 3 in 100
effects:
  - open-case
when: |
  kind == 'post' and actor.age_s < 86400 and content.links > 0
expect:
  - hit: three links in the first hour
    event: {kind: post, actor: {age_s: 1200}, content: {links: 3}}
  - miss: an account of two days
    event: {kind: post, actor: {age_s: 172800}, content: {links: 3}}
"""
WALKERS: Final = 3
"""New accounts that share the map of the walk: one link each."""
SELLERS: Final = 4
"""New accounts that sell tickets which do not exist: three links each."""


def rule(stage: Stage) -> Mapping[str, Any]:
    """A rule is tried on what happened, fires, is explained, replayed, and compared with its next version."""
    log = open_beside(stage.store)
    try:
        return _play(stage, Intake(stage.store, log))
    finally:
        log.close()


def _play(stage: Stage, intake: Intake) -> Mapping[str, Any]:
    platform = parts.read(_files(RULE)).loaded.platform
    declared = Declaration(platform.schema, platform.account, platform.content)
    stage.runner.run(event_schemas.declare, PLATFORM, declared, AUTHOR)
    _happen(stage, intake, declared, "evening", [*_newcomers(), *_ordinary(293)])
    stage.pass_time(minutes=5)
    first = stage.runner.run(proposing.propose, parts.read(_files(RULE)), NAME, AUTHOR)
    foretold = _forecast(stage, intake, _prepared(stage, first))
    stage.say(
        f"Ada proposes a rule: an account made today that posts a link opens a case. Before it may act it is tried on "
        f"what happened this evening: {foretold.hits} of {foretold.events} events, {foretold.accounts} accounts. Then "
        "a hundred events without any effect, then a hundred with effects on a tenth of the accounts, and only then "
        "on all. Each of these steps is an entry of the log."
    )
    live = _through(stage, intake, declared, first, foretold)
    stage.judge()
    _happen(stage, intake, declared, "later", [_post("tickets-9", 1_800, 3)])
    stage.judge()
    with stage.store.read(stage.clock()) as view:
        [verdict] = verdicts(view)
        why = explaining.explain(view, intake.log, verdict)
        [again] = replaying.replay(view, intake.log, [verdict])
        case = view.get(Report, verdict.report).case or ""
    decided = "; ".join(each.words["en"] for each in why.decided)
    stage.say(
        f"tickets-9, half an hour old, posts three links. The rule fires: {verdict.id}. It reports the account, a case "
        f"waits for a person, and nobody is restricted. Why: {decided}. Made once more, by the rule as it was and on "
        f"the event as it is kept, the result is {again.result}. Had anything been changed since, or its person been "
        "forgotten, the answer would say so."
    )
    narrower = RULE.replace("content.links > 0", "content.links > 1")
    second = stage.runner.run(proposing.propose, parts.read(_files(narrower)), NAME, AUTHOR)
    differs = _difference(stage, intake, second, live)
    stage.say(
        f"Some of those accounts only shared the map of the walk. Ada writes a second version: more than one link. "
        f"Compared over this evening: {differs.lost} hits are lost, {differs.unchanged} stay, {differs.new} are new. "
        "Who else would this have hit? Nobody, and that is known before it acts on anybody."
    )
    return {"case": case, **_told(verdict, str(again.result), decided, foretold, differs)}


def _told(
    verdict: Verdict, replayed: str, decided: str, foretold: Forecast, differs: Forecast
) -> Mapping[str, Any]:
    return {
        "verdict": verdict.id,
        "decided": decided,
        "replayed": replayed,
        "foretold": {"events": foretold.events, "hits": foretold.hits, "accounts": foretold.accounts},
        "second": {"new": differs.new, "lost": differs.lost, "unchanged": differs.unchanged},
    }


# --- Steps -----------------------------------------------------------------------------------------------------------


def _through(
    stage: Stage, intake: Intake, declared: Declaration, version: RuleVersion, foretold: Forecast
) -> RuleVersion:
    """Take a version through its steps, with a hundred events in each trial."""
    run = stage.runner.run
    run(trying.record_backtest, version.id, foretold, AUTHOR)
    place = intake.log.head().sequence
    run(trying.shadow, version.id, AUTHOR, after=place)
    _happen(stage, intake, declared, "shadow", _ordinary(100))
    seen, place = _seen(stage, intake, version, place), intake.log.head().sequence
    run(trying.canary, version.id, AUTHOR, share="10 %", seen=seen, after=place)
    _happen(stage, intake, declared, "canary", _ordinary(100))
    return run(approving.go_live, version.id, AUTHOR, seen=_seen(stage, intake, version, place))


def _prepared(stage: Stage, version: RuleVersion) -> Prepared:
    with stage.store.read(stage.clock()) as view:
        return backtesting.prepare(view, version)


def _forecast(stage: Stage, intake: Intake, prepared: Prepared) -> Forecast:
    events = history.from_log(intake.log, PLATFORM, prepared.after.platform.schema)
    return backtesting.backtest(prepared, events, stage.clock() - timedelta(hours=1), stage.clock())


def _seen(stage: Stage, intake: Intake, version: RuleVersion, after: int) -> Seen:
    prepared = _prepared(stage, version)
    events = history.from_log(intake.log, PLATFORM, prepared.after.platform.schema)
    return backtesting.observe(prepared, events, after)


def _difference(stage: Stage, intake: Intake, second: RuleVersion, first: RuleVersion) -> Forecast:
    stage.pass_time(minutes=1)
    with stage.store.read(stage.clock()) as view:
        prepared = backtesting.prepare_past(view, second, first)
    return _forecast(stage, intake, prepared)


# --- What happens ----------------------------------------------------------------------------------------------------


def _files(rule_text: str) -> dict[str, str]:
    return {"schema.yaml": SCHEMA, f"rules/{NAME}.yaml": rule_text}


def _happen(
    stage: Stage, intake: Intake, declared: Declaration, lot: str, events: Sequence[Mapping[str, Any]]
) -> None:
    """Let events happen, with ids of the platform's own."""
    lines = [
        json.dumps({"id": f"{lot}-{number}", "data": each}).encode() for number, each in enumerate(events)
    ]
    if not all(each.taken for each in intake.take(PLATFORM, declared, lines, stage.clock())):
        raise AssertionError("an event of the story was refused")


def _post(who: str, age_s: int, links: int) -> dict[str, Any]:
    return {"kind": "post", "actor": {"id": who, "age_s": age_s}, "content": {"links": links}}


def _newcomers() -> list[dict[str, Any]]:
    walkers = [_post(f"walker-{number}", 3_600, 1) for number in range(WALKERS)]
    return walkers + [_post(f"tickets-{number}", 900, 3) for number in range(SELLERS)]


def _ordinary(count: int) -> list[dict[str, Any]]:
    """Return posts of accounts that have been there for long; some have links."""
    return [_post(f"reader-{number % 60}", 9_000_000, number % 3) for number in range(count)]
