"""The rules in force and their history, for people and for programs (DSA Art. 14)."""

from itertools import groupby, pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from showcause.domain.errors import NotFound
from showcause.domain.policy import MANY_ACCOUNTS
from showcause.web.limits import LIMITS
from showcause.web.texts import book, say
from showcause.web.window import doors, facts, wording
from showcause.web.window.facts import DEFAULT_HIGH_REACH
from showcause.web.window.home import state
from showcause.web.window.record import Record
from showcause.web.window.terms import Term, Version

FORMAT = "showcause/v1 terms"


@doors.page
def rules(request: HttpRequest, known: Record) -> HttpResponse:
    """Show every clause in force by family, what is announced, the public settings and the limits."""
    language, terms = _language(request), facts.terms(known)
    in_force = [term for term in terms.values() if term.current]
    families = [
        (wording.named("window.family", family, language), [_card(term, language) for term in several])
        for family, several in groupby(in_force, key=lambda term: term.family)
    ]
    context = {
        "families": families,
        "announced": [
            _announced(term.id, term.announced, language) for term in terms.values() if term.announced
        ],
        "ended": [
            (term, wording.title(term.versions[-1].clause, language)) for term in _ended(terms.values())
        ],
        "policies": _policies(known),
        "limits": [_limit(name, language) for name in LIMITS],
        "high_reach": int(facts.value(known, "high-reach", DEFAULT_HIGH_REACH)),
        "many": MANY_ACCOUNTS,
    }
    return render(request, "window/rules.html", state(known) | context)


@doors.page
def rule(request: HttpRequest, known: Record, clause_id: str) -> HttpResponse:
    """Show one clause and every version of it that was ever in force, each with what changed."""
    term, language = _term(known, clause_id), _language(request)
    newest = term.current or term.announced or term.versions[-1]
    context = {
        "term": term,
        "title": wording.title(newest.clause, language),
        "version": newest,
        "parts": [part for part in wording.parts(newest.clause, language) if part.heading not in _OWN_PLACE],
        "rule_text": wording.rule(newest.clause, language),
        "ladder": wording.ladder(newest.clause, language),
        "history": _history(term, language),
        "coming": _coming(term, language),
    }
    return render(request, "window/rule.html", context)


@doors.file
def terms_file(request: HttpRequest, known: Record) -> HttpResponse:
    """Give every clause ever in force as JSON, in all its languages, with from when until when it held."""
    members = {
        "format": FORMAT,
        "origin": known.head.tree.origin,
        "log-size": known.size,
        "policies": _policies(known),
        "clauses": {id_: _term_json(term) for id_, term in facts.terms(known).items()},
        "settings": {name: each.value for name, each in facts.settings(known).items()},
        "limits": {
            name: {"count": limit.burst, "seconds": limit.per, "why": limit.why}
            for name, limit in LIMITS.items()
        },
    }
    return doors.as_json(members)


_OWN_PLACE = ("window.part.title", "window.part.rule", "window.part.ladder")


def _card(term: Term, language: str) -> dict[str, Any]:
    version = term.versions[-1]
    return {
        "id": term.id,
        "version": version,
        "ends": term.ends,
        "title": wording.title(version.clause, language),
        "rule": wording.rule(version.clause, language),
        "parts": [part for part in wording.parts(version.clause, language) if part.heading not in _OWN_PLACE],
        "ladder": wording.ladder(version.clause, language),
    }


def _limit(name: str, language: str) -> dict[str, Any]:
    """Return a limit in words; `foreign` when its reason is only there in English."""
    limit, id_ = LIMITS[name], f"window.limit.{name}"
    translated = id_ in book()
    why = say(language, id_) if translated else limit.why
    return {"name": name, "burst": limit.burst, "per": int(limit.per), "why": why, "foreign": not translated}


def _announced(id_: str, version: Version, language: str) -> dict[str, Any]:
    return {"id": id_, "title": wording.title(version.clause, language), "version": version}


def _ended(terms: Any) -> list[Term]:
    return [term for term in terms if term.versions and not term.current]


def _history(term: Term, language: str) -> list[tuple[Version, list[wording.Change] | None]]:
    """Return every version, newest first, with what it changed; None for the first."""
    changed = {
        new.number: wording.changes(old.clause, new.clause, language) for old, new in pairwise(term.versions)
    }
    return [(version, changed.get(version.number)) for version in reversed(term.versions)]


def _coming(term: Term, language: str) -> list[wording.Change] | None:
    if term.announced is None or term.current is None:
        return None
    return wording.changes(term.current.clause, term.announced.clause, language)


def _term(known: Record, clause_id: str) -> Term:
    found = facts.terms(known).get(clause_id)
    if found is None:
        raise NotFound("no such clause was ever public here", "All clauses: /rules/")
    return found


def _policies(known: Record) -> str:
    """Return the digest over all clauses in force, as every entry names it."""
    found = facts.folded(known, "policies", lambda documents: [d.value for d in documents if d.value])
    return next((str(each["policies"]) for each in reversed(found) if "policies" in each), "")


def _term_json(term: Term) -> dict[str, Any]:
    announced = None if term.announced is None else _version_json(term.announced)
    return {
        "versions": [_version_json(version) for version in term.versions],
        "announced": announced,
        "ends": term.ends,
    }


def _version_json(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "holds-from": version.since,
        "held-until": version.until,
        "digest": version.digest,
        "entry": version.index,
        "document": f"doc/{version.document}.json",
        "clause": version.clause,
    }


def _language(request: HttpRequest) -> str:
    return str(request.LANGUAGE_CODE)
