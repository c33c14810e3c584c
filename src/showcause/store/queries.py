"""Read models for pages and the command line: plain selects, never through the mapper."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from showcause.domain.errors import NotFound
from showcause.domain.lifecycle import LIFECYCLES, AppealState, CaseState, DecisionState, EnforcementState
from showcause.store import jobs
from showcause.store.failures import told_as_ours
from showcause.store.models import (
    AppealRow,
    CaseRow,
    DecisionRow,
    EnforcementRow,
    JobRow,
    ReportRow,
    RestrictionRow,
    StatementRow,
)
from showcause.store.store import Store
from showcause.store.tables import TABLES
from showcause.store.view import View

Row = dict[str, Any]

OPEN_CASES = (CaseState.WAITING, CaseState.CLAIMED, CaseState.HELD)
OPEN_APPEALS = (AppealState.LODGED, AppealState.UNDER_REVIEW)
OPEN_ENFORCEMENTS = (
    EnforcementState.PENDING,
    EnforcementState.LIFTING,
    EnforcementState.FAILED,
    EnforcementState.DRIFTED,
    EnforcementState.STUCK,
)

CASE = "subject platform state tier urgent reports opened_at claimed_by claimed_until merged_into revision"
REPORT = "state intake received_at number reporter"
DECISION = (
    "state case subject platform outcome cause proposer proposed_at reference leaf hold_until supersedes appeal urgent "
    "campaign approver approved_at commit_at decided_at interim_decision revision"
)
RESTRICTION = "decision subject platform measure until number"
ENFORCEMENT = "state restriction decision subject platform measure until number attempts observed ordered_at"
STATEMENT = "state filing decision subject person reference drafted_at served_at window_until"
APPEAL = "state decision appellant lodged_at promised_at time_critical reviewer reference overdue"


@dataclass(frozen=True, slots=True)
class Queries:
    """What pages and commands show of one store. A row is a dict of `id` and the named columns; bodies stay closed."""

    store: Store

    def queue(
        self,
        now: datetime,
        limit: int = 50,
        *,
        skip: int = 0,
        platform: str | None = None,
        state: CaseState | None = None,
        urgent: bool | None = None,
    ) -> list[Row]:
        """Return the open cases in the order in which to take them: urgent, then by tier, then the oldest.

        `free` tells whether nobody's lease runs at `now`. `platform`, `state` and `urgent` leave others out.
        """
        order = ("-urgent", "-tier", "opened_at", "seq")
        wanted = {"platform": platform, "urgent": urgent, "state__in": (state,) if state else OPEN_CASES}
        where = {name: value for name, value in wanted.items() if value is not None}
        with self.store.read() as view:
            rows = _rows(view, CaseRow, CASE, order, limit, skip, **where)
        return [row | {"free": row["claimed_until"] is None or row["claimed_until"] <= now} for row in rows]

    def appeals(self, limit: int = 50, *, skip: int = 0) -> list[Row]:
        """Return the open appeals: time-critical ones first, then by the hour that was promised."""
        order = ("-time_critical", "promised_at", "seq")
        with self.store.read() as view:
            return _rows(view, AppealRow, APPEAL, order, limit, skip, state__in=OPEN_APPEALS)

    def proposals(self, limit: int = 50, *, skip: int = 0) -> list[Row]:
        """Return the proposed decisions, those whose hold ends first first; approved ones can still be undone."""
        with self.store.read() as view:
            order = ("hold_until", "seq")
            return _rows(view, DecisionRow, DECISION, order, limit, skip, state=DecisionState.PROPOSED)

    def case_view(self, id: str) -> Row:
        """Return a case with its reports, decisions and journal.

        Raises: NotFound.
        """
        with self.store.read() as view:
            case = _one(view, CaseRow, CASE, id, "case")
            case["filed"] = _rows(view, ReportRow, REPORT, case=id)
            case["decisions"] = _rows(view, DecisionRow, DECISION, case=id)
            return case | {"journal": view.journal(id)}

    def decision_view(self, id: str) -> Row:
        """Return a decision with all that follows from it, its place in the log (None: not there), and its journal.

        Raises: NotFound.
        """
        with self.store.read() as view:
            decision = _one(view, DecisionRow, DECISION, id, "decision")
            decision["restrictions"] = _rows(view, RestrictionRow, RESTRICTION, decision=id)
            decision["enforcements"] = _rows(view, EnforcementRow, ENFORCEMENT, decision=id)
            decision["statements"] = _rows(view, StatementRow, STATEMENT, decision=id)
            decision["appeals"] = _rows(view, AppealRow, APPEAL, decision=id)
            decision["log_index"] = view.log.index_of(decision["leaf"])
            return decision | {"journal": view.journal(id)}

    def open_enforcements(self, limit: int = 100) -> list[Row]:
        """Return the enforcements that wait for a platform or a moderator, oldest first."""
        with self.store.read() as view:
            return _rows(view, EnforcementRow, ENFORCEMENT, ("seq",), limit, state__in=OPEN_ENFORCEMENTS)

    def dead_jobs(self, limit: int = 100) -> list[jobs.Job]:
        """Return the jobs that were given up, oldest first."""
        with self.store.read() as view, told_as_ours():
            return jobs.with_state(view.alias, jobs.DEAD, limit)

    def oldest_due(self) -> datetime | None:
        """Return since when the oldest waiting job has been due, or will be; None when none waits."""
        with self.store.read() as view, told_as_ours():
            ready = JobRow.objects.using(view.alias).filter(state=jobs.READY)
            return ready.order_by("due").values_list("due", flat=True).first()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many there are: kind -> state -> number, every state of a machine named, others as `all`."""
        with self.store.read() as view, told_as_ours():
            counted = {table.kind: {"all": view.count(table.record)} for table in TABLES}
            for table in TABLES:
                if "state" in table.machines:
                    found = _by_state(view, table.model)
                    states = LIFECYCLES[table.machines["state"]].turn
                    counted[table.kind] = {str(state): found.get(str(state), 0) for state in states}
            log = {"leaves": view.log.state().size, "queued": view.log.queued()}
            return counted | {"job": _by_state(view, JobRow), "log": log}


def _by_state(view: View, model: Any) -> dict[str, int]:
    return dict(model.objects.using(view.alias).order_by().values_list("state").annotate(Count("seq")))


def _one(view: View, model: Any, names: str, id: str, kind: str) -> Row:
    found = _rows(view, model, names, limit=1, rid=id)
    if not found:
        raise NotFound(f"there is no {kind} {id}")
    return found[0]


def _rows(
    view: View,
    model: Any,
    names: str,
    order: tuple[str, ...] = ("seq",),
    limit: int | None = None,
    skip: int = 0,
    **where: Any,
) -> list[Row]:
    with told_as_ours():
        rows = model.objects.using(view.alias).filter(**where).order_by(*order)
        last = None if limit is None else skip + limit
        found = list(rows.values("rid", *names.split())[skip:last])
    return [{"id": row.pop("rid"), **row} for row in found]
