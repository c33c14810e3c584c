"""Deciding in steps: clause, prepared reason, then rung, facts and evidence, with the statement as it would read.

The choices so far stand in the address; what is personal is only ever sent in the body of a form, and kept in its
fields when something is lacking. Works without JavaScript.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from showcause.casework import deciding, desk, hearing, previewing, proposals
from showcause.casework.proposals import Choice
from showcause.casework.reading import platform
from showcause.casework.unsealing import read_appeal, read_case
from showcause.casework.weighing import Proposal
from showcause.domain.appeal import Appeal, as_of
from showcause.domain.case import Case
from showcause.domain.decision import Decision
from showcause.domain.errors import Refused
from showcause.domain.lifecycle import PolicyState
from showcause.domain.permissions import ROLES, Action
from showcause.domain.policy import LANGUAGES, Clause, Preset, say, slots_needed
from showcause.domain.site import PolicyVersion
from showcause.domain.subject import SubjectRecord
from showcause.store.view import View
from showcause.web.console import appeals, cases
from showcause.web.console.access import check_confirmed, uses
from showcause.web.console.choosing import Inputs, Rungs, inputs, offered_rungs
from showcause.web.console.evidence import shown
from showcause.web.console.offers import check
from showcause.web.console.visit import JUST_NOW, Visit
from showcause.web.house import house


@dataclass(frozen=True, slots=True)
class Matter:
    """What is decided on: a case, or a decision that is appealed against."""

    subject: str
    platform: str
    case: Case | None = None
    appeal: Appeal | None = None
    replaced: tuple[Decision, ...] = ()

    @property
    def record(self) -> Case | Appeal:
        """Return the record whose page this belongs to."""
        return cast(Case | Appeal, self.case or self.appeal)

    @property
    def action(self) -> Action:
        """Return what the law calls this."""
        return Action.CASE_PROPOSE if self.case else Action.APPEAL_AMEND


@uses("case", ROLES[Action.CASE_PROPOSE])
def propose(visit: Visit, id: str) -> HttpResponse:
    """Choose and fill in a proposal on a claimed case; look at its statement; put it forward."""
    with house().store.read(visit.now) as view:
        held = view.get(Case, id)
    return _answer(visit, Matter(held.subject, held.platform, case=held))


@uses("appeal", ROLES[Action.APPEAL_AMEND])
def amend(visit: Visit, id: str) -> HttpResponse:
    """Choose and fill in what takes the place of a decision that is appealed against; look at it; decide."""
    with house().store.read(visit.now) as view:
        held = view.get(Appeal, id)
        contested = view.get(Decision, held.decision)
    return _answer(visit, Matter(contested.subject, contested.platform, appeal=held, replaced=(contested,)))


def _answer(visit: Visit, matter: Matter) -> HttpResponse:
    if visit.request.method == "POST":
        _hold_on(visit, matter)
    with house().store.read(visit.now) as view:
        matter = _anew(view, matter)
        try:
            check(view, visit, matter.record, matter.action)
        except Refused as problem:
            if visit.request.POST.get("do") == "propose" and (made := _just_made(view, visit, matter)):
                return HttpResponseRedirect(made)  # the form was sent twice
            return _back(visit.refused(problem), matter)
    if visit.request.method != "POST":
        return _draw(visit, matter)
    try:
        match visit.request.POST.get("do"):
            case "propose":
                return _put_forward(visit, matter)
            case "open":
                return _draw(visit, matter, file=_opened(visit, matter))
            case _:
                return _draw(visit, matter, preview=_preview(visit, matter))
    except Refused as problem:
        return _draw(visit.refused(problem), matter)


def _anew(view: View, matter: Matter) -> Matter:
    if matter.case:
        return replace(matter, case=view.get(Case, matter.case.id))
    return replace(matter, appeal=view.get(Appeal, matter.record.id))


def _hold_on(visit: Visit, matter: Matter) -> None:
    """Take anew what this person was working on, if their time ran out while they wrote and nobody else took it."""
    with suppress(Refused):
        match matter.record:
            case Case() as held if held.claimed_by == visit.who.id:
                visit.run(desk.claim, held.id, visit.who.id)
            case Appeal() as heard if heard.reviewer == visit.who.id and as_of(heard, visit.now) != heard:
                visit.run(hearing.claim, heard.id, visit.who.id)


def _just_made(view: View, visit: Visit, matter: Matter) -> str:
    """Return the page of what this person put forward here a moment ago, or ""."""
    if matter.case:
        last = view.last(Decision, case=matter.case.id, proposer=visit.who.id)
        return f"/desk/decision/{last.id}/" if last and last.proposed_at >= visit.now - JUST_NOW else ""
    held = matter.record
    mine = isinstance(held, Appeal) and held.reviewer == visit.who.id and held.answered_at
    return f"/desk/appeal/{held.id}/" if mine else ""


def _back(visit: Visit, matter: Matter) -> HttpResponse:
    """Say on the record's own page why nothing can be decided there now."""
    if matter.case:
        return cases.draw(visit, matter.case.id)
    return appeals.draw(visit, matter.record.id)


def _chosen(visit: Visit, view: View) -> Choice:
    """Return what was chosen and typed so far.

    Raises: BadInput, NotFound, PolicyNotInForce.
    """
    request = visit.request
    no_breach = _asked(request, "clause") == "none"
    clause = None if no_breach else proposals.clause_chosen(view, _asked(request, "clause"), visit.now)
    return inputs(view, request.POST, clause, _asked(request, "preset")) if clause else _nothing(request.POST)


def _nothing(posted: Mapping[str, str]) -> Choice:
    return Choice(
        no_breach=True,
        reason=posted.get("reason", "").replace("\r\n", "\n"),
        note=posted.get("note", "").replace("\r\n", "\n"),
        language=posted.get("language", "en"),
    )


def _asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "")[:120]


def _proposal(visit: Visit, view: View, matter: Matter) -> Proposal:
    return proposals.proposal_of(view, _chosen(visit, view), matter.subject, visit.now)


def _preview(visit: Visit, matter: Matter) -> previewing.Preview:
    """Return the statement as it would read, and who decides. Raises: what keeps it from being proposed."""
    with house().store.read(visit.now) as view:
        return previewing.of_proposal(
            view,
            visit.now,
            house().site.ids,
            _proposal(visit, view, matter),
            subject=matter.subject,
            platform=matter.platform,
            by=visit.who.id,
            case=matter.case,
            replaced=matter.replaced,
        )


def _put_forward(visit: Visit, matter: Matter) -> HttpResponse:
    with house().store.read(visit.now) as view:
        proposal = _proposal(visit, view, matter)
    if matter.case:
        made = visit.run(deciding.propose, matter.case.id, visit.who.id, proposal)
        said = "desk.did.propose-alone" if made.commit_at else "desk.did.propose-held"
        return visit.done(said, f"/desk/decision/{made.id}/")
    check_confirmed(visit.request)
    answer = visit.request.POST.get("answer", "").replace("\r\n", "\n")
    visit.run(hearing.amend, matter.record.id, visit.who.id, answer, proposal)
    return visit.done("desk.did.appeal-amend", f"/desk/appeal/{matter.record.id}/")


def _opened(visit: Visit, matter: Matter) -> dict[str, Any]:
    """Return what the record's file says, to have it beside the form; whoever decides holds it, so this is work."""
    if matter.case:
        held = visit.run(read_case, matter.case.id, visit.who.id)
        told = [
            {"text": each.text, "evidence": shown(each.evidence), "report": each.report}
            for each in held.filed
        ]
        return {"subject": held.subject, "told": told}
    heard = visit.run(read_appeal, matter.record.id, visit.who.id)
    return {"words": heard.text}


def _draw(
    visit: Visit,
    matter: Matter,
    preview: previewing.Preview | None = None,
    file: dict[str, Any] | None = None,
) -> HttpResponse:
    """Draw the step that comes next: which clause, which prepared reason, or the form."""
    posted = {name: str(value) for name, value in visit.request.POST.items()}
    with house().store.read(visit.now) as view:
        context: dict[str, Any] = {
            "matter": matter,
            "record": matter.record,
            "subject": view.get(SubjectRecord, matter.subject),
            "observing": platform(view, matter.platform).mode == "observe",
            "languages_of_letters": LANGUAGES,
            "posted": posted,
            "preview": preview,
            "file": file,
            "language_chosen": posted.get("language") or _language_of(view, matter),
        }
        named = _asked(visit.request, "clause")
        if named == "none" and matter.case:
            return visit.show("decide-nothing", **context)
        clause = _clause(view, visit, named)
        if clause is None:
            return visit.show("decide-clause", clauses=_clauses(view, visit), **context)
        preset = clause.preset(_asked(visit.request, "preset"))
        context |= {"clause": clause, "title": say(clause.titles, visit.language)}
        context |= {"rule": say(clause.rules, visit.language), "why": say(clause.whys, visit.language)}
        if preset is None:
            return visit.show("decide-preset", presets=_presets(visit, clause), **context)
        return visit.show("decide", **context, **_form(view, visit, matter, clause, preset, posted))


def _language_of(view: View, matter: Matter) -> str:
    return matter.appeal.language if matter.appeal else "en"


def _clause(view: View, visit: Visit, named: str) -> Clause | None:
    try:
        return proposals.clause_chosen(view, named, visit.now) if named else None
    except Refused:
        return None


def _clauses(view: View, visit: Visit) -> list[dict[str, str]]:
    held = view.find(PolicyVersion, state=PolicyState.IN_FORCE)
    found = [
        {
            "id": each.clause_id,
            "title": say(each.clause.titles, visit.language),
            "rule": say(each.clause.rules, visit.language),
            "family": each.clause_id.partition(".")[0],
        }
        for each in held
    ]
    return sorted(found, key=lambda each: (each["family"], each["title"]))


def _presets(visit: Visit, clause: Clause) -> list[dict[str, Any]]:
    texts = {each.id: say(each.texts, visit.language) for each in clause.elements}
    rungs = {
        each.name: say(each.titles, visit.language) if each.titles else each.name for each in clause.ladder
    }
    return [
        {
            "id": each.id,
            "title": say(each.titles, visit.language),
            "elements": [texts[element] for element in each.elements],
            "rung": rungs[each.rung],
        }
        for each in clause.presets
    ]


def _suggested(preset: Preset, rungs: list[Rungs]) -> str:
    """Return the rung that a prepared reason suggests, or the mildest that fits where it does not."""
    names = [each.name for each in rungs]
    return preset.rung if preset.rung in names else (names or [""])[0]


def _form(
    view: View, visit: Visit, matter: Matter, clause: Clause, preset: Preset, posted: Mapping[str, str]
) -> dict[str, Any]:
    needed = {slot.id for slot in slots_needed(clause, preset)}
    kind = view.get(SubjectRecord, matter.subject).kind
    rungs = offered_rungs(clause, platform(view, matter.platform), kind, visit.language)
    return {
        "preset": preset,
        "preset_title": say(preset.titles, visit.language),
        "elements": [say(e.texts, visit.language) for e in clause.elements if e.id in preset.elements],
        "rungs": rungs,
        "rung_chosen": posted.get("rung") or _suggested(preset, rungs),
        "interims": [each for each in rungs if each.alone],
        "slots": Inputs.of(clause, needed, posted, visit.language),
        "evidence_needed": clause.evidence_needed.min_independent,
        "evidence_hints": [say(each, visit.language) for each in clause.evidence_needed.needed],
        "exceptions": [say(each, visit.language) for each in clause.exceptions],
    }
