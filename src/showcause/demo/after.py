"""What the story leaves open, so that whoever opens it in a browser can go on as any of its people."""

from collections.abc import Mapping
from typing import Any

from showcause.demo.stage import PLATFORM, Stage
from showcause.domain.report import Report
from showcause.domain.statement import Statement
from showcause.domain.subject import Subject, SubjectKind

PERSON, SELLER = "paper-boats", "ferry-deals"


def leave_open(stage: Stage) -> Mapping[str, Any]:
    """Leave a person to be heard, a case to decide, a proposal to approve and a report to follow; return their ids."""
    return {**_limited(stage), **_held(stage), **_reported(stage)}


def _limited(stage: Stage) -> dict[str, Any]:
    """An account that is limited for a day, by one person, and has not appealed yet."""
    account = stage.account(PERSON, followers=40)
    stage.report(account, "the same message again and again", "noor")
    stage.settle()
    decision = stage.propose(
        stage.case_about(account), "bea", "integrity.spam@1", "flood",
        ("thirty messages within ten minutes", "the same text in each of them"), {"count": 30, "span": 600},
    )  # fmt: skip
    decided = stage.carry_out(decision)
    with stage.store.read(stage.clock()) as view:
        statement = view.find(Statement, decision=decided.id)[0]
    return {"person": PERSON, "statement": statement.id, "limited": decided.id, "limited_leaf": decided.leaf}


def _held(stage: Stage) -> dict[str, Any]:
    """A suspension that one person proposed and another has to approve."""
    account = stage.account(SELLER, followers=12)
    stage.report(account, "these tickets do not exist", "noor")
    stage.settle()
    decision = stage.propose(
        stage.case_about(account), "bea", "integrity.spam@1", "deceptive-links",
        ("links to a copy of the ferry company's page", "the same links from the first day on"), rung="suspend",
    )  # fmt: skip
    return {"held": decision.id}


def _reported(stage: Stage) -> dict[str, Any]:
    """A post that somebody has reported, and nobody has looked at."""
    stage.account("otto")
    text = "Nobody wants you at the market, Mia. Do not come back on Saturday, or the day after, or ever."
    post = Subject(PLATFORM, SubjectKind.CONTENT, stage.world.post("otto", "square", text))
    stage.report(post, "He writes things like this to me every week.", "mia")
    stage.settle()
    case = stage.case_about(post)
    with stage.store.read(stage.clock()) as view:
        report = view.find(Report, case=case.id)[0]
    return {"open_case": case.id, "report": report.id, "post": post.ref}
