"""Where a person's page is: the signed links that stand in letters, put in when a letter is written out.

A link depends on how often it was replaced, so it is never stored with a letter's sentences. Without a public address
the letters name the contact and the reference to quote, as they do for whoever has no page.
"""

from collections.abc import Mapping, Sequence

from showcause.casework import links
from showcause.casework.reading import setting
from showcause.domain.appeal import Appeal
from showcause.domain.enforcement import Enforcement
from showcause.domain.link import LinkKind
from showcause.domain.report import Report
from showcause.domain.site import Letter, LetterKind
from showcause.domain.statement import Statement
from showcause.store.view import View

Said = Mapping[str, object]


def of_statement(view: View, statement_id: str) -> str | None:
    """Return the address of the page of a statement; None while the site has no public address."""
    address = setting(view, "address")
    return f"{address}/s/{links.token(view, LinkKind.STATEMENT, statement_id)}" if address else None


def of_report(view: View, report_id: str) -> str | None:
    """Return the address of a reporter's page about their report; None while the site has no public address."""
    address = setting(view, "address")
    return f"{address}/r/{links.token(view, LinkKind.REPORT, report_id)}" if address else None


def redress(view: View, record: Statement, args: Said, until: str) -> list[tuple[str, Said]]:
    """Return how to appeal: on the person's page where there is one, and by quoting the reference in any case."""
    page = of_statement(view, record.id)
    if page is None:
        return [("redress.appeal", {**args, "until": until})]
    return [
        ("redress.appeal", {**args, "until": until, "link": page}),
        ("redress.otherwise", {"link": args["link"]}),
    ]


def of_kept_back(view: View, report_id: str) -> str | None:
    """Return the page on which an author sees that a rule kept something back."""
    address = setting(view, "address")
    return f"{address}/h/{links.token(view, LinkKind.KEPT_BACK, report_id)}" if address else None


def contest(view: View, record: Statement, args: Said, before: Sequence[tuple[str, Said]]) -> Said:
    """Return where the earlier decision is contested: its page, if the person of both decisions is the same."""
    ground = next((given for id_, given in reversed(before) if id_ == "derived.ground"), None)
    earlier = view.first(Statement, reference=ground["reference"]) if ground else None
    if earlier is None or earlier.person != record.person:
        return args
    return {**args, "link": of_statement(view, earlier.id) or args["link"]}


def of_letter(view: View, letter: Letter) -> str | None:
    """Return the page on which the matter of a letter stands, if the letter's person has one."""
    match letter.kind:
        case LetterKind.APPEAL_RECEIVED | LetterKind.APPEAL_OUTCOME:
            appeal = view.first(Appeal, id=letter.about)
            if appeal is not None and appeal.report is not None:
                return of_report(view, appeal.report)
            about = appeal.statement if appeal else None
        case LetterKind.RESTORATION:
            ended = view.first(Enforcement, id=letter.about)
            theirs = view.first(Statement, decision=ended.decision, person=letter.person) if ended else None
            about = theirs.id if theirs else None
        case LetterKind.LINK:
            if view.first(Report, id=letter.about) is not None:
                return of_report(view, letter.about)
            about = letter.about
        case LetterKind.ACKNOWLEDGEMENT | LetterKind.ANSWER:
            return of_report(view, letter.about)
        case LetterKind.KEPT_BACK:
            return of_kept_back(view, letter.about)
        case LetterKind.ADDRESS | LetterKind.NOTICE:
            return None  # it says itself where
    return of_statement(view, about) if about else None
