"""Reporting from a comment, as tests do it: the link under it, the form, the page of the report, the desk's answer."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from showcause.casework import deciding, desk
from showcause.casework.weighing import Proposal
from showcause.comments.values import Answer, Comment
from showcause.domain.case import Case
from showcause.domain.decision import Decision, Outcome
from showcause.domain.report import Report
from tests.web.comments.paper import NAME, Paper, read

INSULT, OTHER_RULE = "comments.insult@1", "integrity.spam@1"
SLIP = re.compile(r'name="slip" value="([^"]+)"')


def asked(comment: Comment | Answer, **more: str) -> str:
    """Return what the link under a comment asks the form for."""
    return urlencode({"platform": NAME, "kind": "content", "ref": comment.id, **more})


def form(paper: Paper, comment: Comment | Answer, address: str = "/report/?", **more: str) -> str:
    """Open a form about a comment, as its link does."""
    return unescape(read(paper.client.get(address + asked(comment, **more))))


def slip(paper: Paper, page: str) -> str:
    """Return what a form carries, read as long as people do."""
    paper.stand.house.now += timedelta(seconds=5)
    return str(SLIP.findall(page)[0])


def report(paper: Paper, comment: Comment | Answer, clause: str = INSULT, **more: str) -> str:
    """Report a breach of a rule from a comment; return the address of the report's page."""
    sent = {"prefilled": "yes", "platform": NAME, "kind": "content", "ref": comment.id, "clause": clause}
    sent["slip"] = slip(paper, form(paper, comment, quick="yes"))
    answer = paper.client.post("/report/rules", sent | more)
    assert answer.status_code == 302, read(answer)
    return str(answer["Location"])


def notify(paper: Paper, comment: Comment, also: list[str] | None = None, **more: Any) -> Any:
    """Send a notice of illegal content from a comment."""
    what = more.pop("what", "defamation")
    page = form(paper, comment, "/report/illegal?", what=what)
    sent = {
        "prefilled": "yes", "platform": NAME, "kind": "content", "ref": comment.id, "also": also or [],
        "refs": f"{paper.stand.address}/comments/c/{comment.id}", "reason": "It names me, and it is untrue.",
        "name": "Rita Sample", "email": "rita@mail.example", "good_faith": "yes", "slip": slip(paper, page),
    }  # fmt: skip
    return paper.client.post(f"/report/illegal?what={what}", sent | more)


def last_report(paper: Paper) -> Report:
    return paper.stand.house.all(Report)[-1]


def case_of(paper: Paper) -> Case:
    return paper.stand.house.case_of(last_report(paper))


def find_no_breach(paper: Paper, reason: str = "It is blunt, and insults nobody.") -> Decision:
    """Decide the last report's case: nothing wrong was found."""
    home = paper.stand.house
    case = case_of(paper)
    home.run(desk.claim, case.id, "bea")
    made: Decision = home.run(deciding.propose, case.id, "bea", Proposal(Outcome.NO_BREACH, reason=reason))
    home.wait(seconds=1)
    home.wait(seconds=1)
    return made


def page_of(paper: Paper, address: str, client: Client | None = None) -> str:
    """Return a report's page as its reader sees it."""
    return unescape(read((client or paper.client).get(address)))
