"""Decisions: what was decided, what follows from it, and whether it was told and contested."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from showcause.casework import handing_out
from showcause.casework.programs import theirs
from showcause.domain.api_key import Scope
from showcause.domain.appeal import Appeal, Appellant
from showcause.domain.decision import Cause, Decision, Outcome
from showcause.domain.enforcement import Enforcement
from showcause.domain.lifecycle import AppealState, DecisionState, EnforcementState, FilingState, ServiceState
from showcause.domain.restriction import Measure
from showcause.domain.statement import Statement
from showcause.store.listing import listed
from showcause.store.view import View
from showcause.web.api.auth import Bearer, platform_of
from showcause.web.api.cases import told_subject
from showcause.web.api.kinds import Id, Moment, Reference, SubjectTold, Told
from showcause.web.api.pages import PageAsked, following, place
from showcause.web.house import house

router = Router()
DECIDED = (DecisionState.IN_FORCE, DecisionState.LAPSED, DecisionState.SUPERSEDED)
"""What a platform is told of: a proposal is not a decision yet."""
TOLD_ORDERS = 1_000


class DecisionTold(Told):
    """One decision, as it stands now."""

    id: Id
    state: DecisionState
    subject: SubjectTold
    case: Id | None
    outcome: Outcome
    cause: Cause
    reference: Reference
    leaf: Annotated[Id, Field(description="Its entry in the public log: `GET /receipts/{leaf}`.")]
    decided_at: Moment | None
    supersedes: Id | None


class DecisionPage(Told):
    """Decisions, in the order in which they were proposed."""

    items: list[DecisionTold]
    next: str | None


class OrderOfDecision(Told):
    """One restriction of a decision on your platform, and how far it is."""

    id: Id
    state: EnforcementState
    measure: Measure
    subject: Id
    until: Moment | None
    number: int
    observed: bool
    applied_at: Moment | None
    lifted_at: Moment | None


class StatementTold(Told):
    """A statement of reasons, and whether it reached the person."""

    reference: Reference
    state: ServiceState
    filing: FilingState
    served_at: Moment | None
    window_until: Moment | None


class AppealSummary(Told):
    """An appeal against the decision; its text is between the person and the house."""

    reference: Reference
    state: AppealState
    appellant: Appellant
    lodged_at: Moment
    promised_at: Moment
    answered_at: Moment | None


class DecisionWhole(DecisionTold):
    """A decision with all that follows from it; of a campaign, the first 1,000 orders."""

    clauses: list[str]
    orders: list[OrderOfDecision]
    statements: list[StatementTold]
    appeals: list[AppealSummary]


@router.get(
    "/decisions",
    auth=Bearer(Scope.DECISIONS),
    response=DecisionPage,
    operation_id="listDecisions",
    summary="List decisions",
)
def list_decisions(request: HttpRequest, asked: PageAsked) -> Any:
    """Lists the decisions about subjects of your platform, in the order in which they were proposed."""
    here, platform = house(), platform_of(request)
    with here.store.read(here.now()) as view:
        whose = f"decisions {platform}"
        after, most = place(view, whose, asked), asked.limit
        rows = listed(view, "decisions", after, most + 1, platform=platform, state__in=DECIDED)
        items = [
            DecisionTold(**{**row, "subject": told_subject(view, row["subject"])}) for row in rows[:most]
        ]
        return DecisionPage(items=items, next=following(view, whose, rows, most))


@router.get(
    "/decisions/{id}",
    auth=Bearer(Scope.DECISIONS),
    response=DecisionWhole,
    operation_id="getDecision",
    summary="Look at a decision",
)
def get_decision(request: HttpRequest, id: Id) -> Any:
    """Tells a decision with its orders, whether the person was told, and whether it was contested."""
    here = house()
    with here.store.read(here.now()) as view:
        decision = theirs(view, Decision, "decision", platform_of(request), id=id, state=DECIDED)
        return _whole(view, decision)


@router.get(
    "/proofs/{reference}",
    auth=Bearer(Scope.DECISIONS),
    response=str,
    operation_id="getProof",
    summary="Fetch a person's proof",
    openapi_extra={"responses": {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}},
)
def get_proof(request: HttpRequest, reference: Reference) -> Any:
    """Returns the `.tlog-proof` file of a statement, for the person whose it is and for nobody else.

    It opens everything that the log commits to under that person's key, and verifies offline: `showcause verify`.
    """
    here, platform = house(), platform_of(request)
    note = here.site.signed_note()
    with here.store.read(here.now()) as view:
        proof = handing_out.proof_of(view, platform, reference, note)
    return HttpResponse(proof, content_type="text/plain; charset=utf-8")


@router.get(
    "/receipts/{leaf}",
    auth=Bearer(Scope.ORDERS),
    response=dict[str, Any],
    operation_id="getReceipt",
    summary="Fetch the receipt of orders",
)
def get_receipt(request: HttpRequest, leaf: Id) -> Any:
    """Returns the log receipt of a decision's orders, with the subject and the orders opened and nothing else.

    Check it before you act: that it verifies under the key you pinned, and that it names this very order.
    """
    here, platform = house(), platform_of(request)
    note = here.site.signed_note()
    with here.store.read(here.now()) as view:
        receipt = handing_out.receipt_of_orders(view, platform, leaf, note)
    return HttpResponse(receipt, content_type="application/json; charset=utf-8")


def _whole(view: View, decision: Decision) -> DecisionWhole:
    about = {name: getattr(decision, name) for name in DecisionTold.model_fields if name != "subject"}
    return DecisionWhole(
        **about,
        subject=told_subject(view, decision.subject),
        clauses=[each.clause for each in decision.findings],
        orders=[
            OrderOfDecision.model_validate(each)
            for each in view.find(Enforcement, decision=decision.id, limit=TOLD_ORDERS)
        ],
        statements=[
            StatementTold.model_validate(each)
            for each in view.find(Statement, decision=decision.id, limit=TOLD_ORDERS)
        ],
        appeals=[AppealSummary.model_validate(each) for each in view.find(Appeal, decision=decision.id)],
    )
