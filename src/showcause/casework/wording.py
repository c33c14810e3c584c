"""What people are told, as sentence ids with arguments. Nothing here is finished text: it renders in any language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from showcause.domain.appeal import PROMISED
from showcause.domain.decision import Cause, Decision, deciders
from showcause.domain.errors import Broken
from showcause.domain.facts import Facts
from showcause.domain.policy import Clause, Ground, Snapshot, phrases_of
from showcause.domain.restriction import MEASURES, Measure, Restriction
from showcause.domain.sentences import Arg, missing_parts, placeholders, stamp
from showcause.domain.subject import Subject, SubjectKind
from showcause.domain.urgent import confirm_by

Said = tuple[str, Mapping[str, Arg]]
"""One sentence: its id and its arguments."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The earlier decision that a derived one rests on, as its statement names it."""

    reference: str
    decided_at: datetime
    clause: str


@dataclass(frozen=True, slots=True)
class Matter:
    """All that a statement of reasons draws on."""

    decision: Decision
    clauses: Mapping[str, Clause]
    facts: Facts
    subjects: Mapping[str, Subject]
    restrictions: Sequence[Restriction]
    contact: str
    items: int = 0
    yours: int = 0
    sampled: int = 0
    unsent: bool = False
    earlier: Sequence[Earlier] = ()
    replaces: str | None = None
    reach_promise: bool = False
    broken_promise: datetime | None = None
    quoted: str = ""


ORIGIN = {
    "SOURCE_ARTICLE_16": "origin.article-16",
    "SOURCE_TRUSTED_FLAGGER": "origin.trusted-flagger",
    "SOURCE_TYPE_OTHER_NOTIFICATION": "origin.report",
    "SOURCE_VOLUNTARY": "origin.own",
}


def statement(matter: Matter) -> list[Said]:
    """Return the statement of reasons for a restriction.

    Raises: Broken if it lacked a part of DSA Art. 17(3); the decision would then not have been possible.
    """
    decision = matter.decision
    said = [
        *_opening(matter),
        *_what(matter),
        *_facts(matter),
        *_origin(decision),
        *_why(matter),
        *_derived(matter),
        *_machines(decision),
        *_who(decision),
        *_works(matter),
        *_redress(decision, matter.contact, within_hours=matter.reach_promise),
        ("proof.logged", {"entry": decision.leaf}),
        ("proof.limits", {}),
    ]
    if lacking := missing_parts(id_ for id_, _ in said):
        raise Broken(f"a statement was composed without {', '.join(lacking)}")
    return said


def _opening(matter: Matter) -> list[Said]:
    decision = matter.decision
    said: list[Said] = [("opening.statement", {"reference": decision.reference})]
    if decision.decided_at:
        said.append(("opening.decided", {"when": stamp(decision.decided_at)}))
    if matter.replaces:
        said.append(("opening.replaces", {"reference": matter.replaces}))
    if decision.cause is Cause.URGENT and decision.decided_at and decision.urgent:
        danger = next(c.urgent_category for c in matter.clauses.values() if c.urgent_category)
        alone = decision.single_operator
        by = stamp(confirm_by(decision.proposed_at, single_operator=alone))
        said += [
            ("urgent.acted", {"when": stamp(decision.proposed_at), "danger": f"word.danger.{danger}"}),
            ("urgent.look-again-by" if alone else "urgent.confirm-by", {"by": by}),
        ]
        if any(MEASURES[act.measure].on_account for act in decision.acts):
            said.append(("urgent.lapses", {}))
    if decision.cause is Cause.INTERIM:
        said.append(
            ("interim.until-second", {"until": stamp(matter.restrictions[0].until or decision.proposed_at)})
        )
    if matter.broken_promise:
        measure = f"word.measure.{matter.restrictions[0].measure}"
        promised = stamp(matter.broken_promise)
        said.append(("interim.appeal-overdue", {"promised": promised, "measure": measure}))
    if matter.items:
        said += _campaign(matter)
    return said


def _campaign(matter: Matter) -> list[Said]:
    """Return what is said of a decision on many items at once: how many, how many of them are this person's."""
    said: list[Said] = [("campaign.item", {"count": matter.items})]
    if matter.yours > 1:
        said.append(("campaign.yours", {"count": matter.yours}))
    if matter.sampled:
        said.append(("campaign.sample", {"sampled": matter.sampled}))
    if matter.unsent:
        said.append(("campaign.no-letter", {}))
    return said


def _what(matter: Matter) -> list[Said]:
    said: list[Said] = []
    for restriction in matter.restrictions:
        name = _name(matter.subjects[restriction.subject])
        said.append((f"measure.{restriction.measure}", {"subject": name}))
        states = restriction.territories
        said.append(("territory.states", {"states": states}) if states else ("territory.everywhere", {}))
        if not MEASURES[restriction.measure].reversible:
            said.append(("duration.permanent", {}))
        elif restriction.until:
            said.append(("duration.until", {"until": stamp(restriction.until)}))
        else:
            said.append(("duration.open", {}))
    return said


def _name(subject: Subject) -> str:
    return subject.ref


def _facts(matter: Matter) -> list[Said]:
    subject = matter.subjects[matter.decision.subject]
    match subject.kind:
        case SubjectKind.ACCOUNT:
            said: list[Said] = [("facts.account", {"account": subject.ref})]
        case SubjectKind.SPACE:
            said = [("facts.space", {"space": subject.ref})]
        case SubjectKind.CONTENT | SubjectKind.MEDIA:
            said = [("facts.item-undated", {"item": subject.ref})]
    if matter.quoted:
        said.append(("facts.quote", {"quote": matter.quoted}))
    if any(clause.snapshot is Snapshot.NEVER for clause in matter.clauses.values()):
        said.append(("facts.not-copied", {}))
    if matter.decision.evidence:
        said.append(("facts.evidence", {"count": len(matter.decision.evidence)}))
    return said


def _origin(decision: Decision) -> list[Said]:
    origin = ORIGIN[decision.source] if decision.source else "origin.own"
    said: list[Said] = [(origin, {})]
    if origin == "origin.report":
        said += [("origin.confidential", {}), ("origin.count", {})]
    return said


def _machines(decision: Decision) -> list[Said]:
    machine = decision.automation
    said: list[Said] = []
    said.append(("detection.automated" if machine.detection else "detection.none", {}))
    if not machine.decision:
        said.append(("automation.none", {}))
    else:
        said.append(("automation.partly" if deciders(decision) else "automation.fully", {}))
    return said


def _why(matter: Matter) -> list[Said]:
    said: list[Said] = []
    for finding in matter.decision.findings:
        clause = matter.clauses[finding.clause]
        title, rule = f"clause.{clause.ref}.title", f"clause.{clause.ref}.rule"
        if clause.ground is Ground.LAW:
            law = str(matter.facts.get("legal_reference") or clause.law_reference or clause.title)
            said += [("law.ground", {"law": law}), ("law.rule", {"rule": rule})]
        else:
            said += [("terms.ground", {"title": title, "clause": clause.ref}), ("terms.rule", {"rule": rule})]
        said += [("element.found", {"element": f"element.{clause.ref}.{e}"}) for e in finding.elements]
        said += _reasons(clause, finding.preset, matter.facts)
    return said


def _reasons(clause: Clause, preset: str, facts: Facts) -> list[Said]:
    """Return the preset's own sentences; one that names an optional fact which is missing is left out."""
    chosen = clause.preset(preset)
    phrases = phrases_of(clause)
    said: list[Said] = []
    for name in chosen.sentences if chosen else ():
        id_ = f"why.{clause.ref}.{name}"
        needed = [place for place, _ in placeholders(phrases[id_]["en"])]
        if all(place in facts for place in needed):
            said.append((id_, {place: facts[place] for place in needed}))
    return said


def _derived(matter: Matter) -> list[Said]:
    said: list[Said] = []
    for earlier in matter.earlier:
        title = f"clause.{earlier.clause}.title"
        said += [
            (
                "derived.ground",
                {"reference": earlier.reference, "decided": stamp(earlier.decided_at), "title": title},
            ),
            ("derived.contest", {"link": door(matter.contact, earlier.reference)}),
            ("derived.falls", {}),
        ]
    return said


def _works(matter: Matter) -> list[Said]:
    measures = {restriction.measure for restriction in matter.restrictions}
    return [(f"works.{measure}", {}) for measure in Measure if measure in measures]


def _who(decision: Decision) -> list[Said]:
    if decision.single_operator:
        return [("decided.single-operator", {})]
    return [(("decided.machine", "decided.one", "decided.two")[deciders(decision)], {})]


def _redress(decision: Decision, contact: str, *, within_hours: bool) -> list[Said]:
    return [
        ("redress.appeal-open", {"link": door(contact, decision.reference)}),
        ("redress.reviewer-single" if decision.single_operator else "redress.reviewer-other", {}),
        ("redress.answer-within", {"within": 4 * 3600 if within_hours else int(PROMISED.total_seconds())}),
        ("redress.dispute-body", {}),
        ("redress.court", {}),
    ]


def door(contact: str, reference: str) -> str:
    """Return where to appeal: the site's contact, and the reference to quote there."""
    return f"{contact} ({reference})"


def reversal(earlier: Decision, decision: Decision, contact: str, *, ground: str | None = None) -> list[Said]:
    """Return the notice that an earlier decision was reversed; `ground` is the reference of what it rested on."""
    when = stamp(decision.decided_at or decision.proposed_at)
    said: list[Said] = [("reversal.notice", {"reference": earlier.reference, "when": when})]
    match decision.cause:
        case Cause.APPEAL:
            said += [("reversal.cause-appeal", {}), ("reversal.sorry", {})]
        case Cause.GROUND_FELL:
            fell: Said = (
                "derived.fell",
                {"reference": earlier.reference, "earlier": ground or "?", "when": when},
            )
            said += [fell, ("reversal.sorry", {})]
        case Cause.URGENT:
            said.append(("urgent.lifted", {"when": when}))
        case Cause.CASE | Cause.INTERIM | Cause.APPEAL_OVERDUE | Cause.ORDER:
            said.append(("reversal.cause-own", {}))
    said += [("restored.underway", {}), *_who(decision), ("proof.logged", {"entry": decision.leaf})]
    return said
