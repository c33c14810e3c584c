"""Read models for pages and the command line: plain selects, never through the mapper."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from showcause.domain.errors import NotFound
from showcause.domain.lifecycle import LIFECYCLES, AppealState, CaseState, EnforcementState
from showcause.store import jobs, models
from showcause.store.failures import told_as_ours
from showcause.store.store import Store
from showcause.store.tables import TABLES

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Queries:
    """What pages and commands show of one store. Every row is a plain dict with the names of the columns."""

    store: Store

    def queue(self, now: datetime, limit: int = 50) -> list[Row]:
        """Return the open cases, in the order in which they should be taken.

        Urgent ones first, then by tier, then the oldest. `free` tells whether nobody's lease runs at `now`.
        """
        names = (
            "subject",
            "platform",
            "state",
            "tier",
            "urgent",
            "reports",
            "opened_at",
            "claimed_by",
            "claimed_until",
        )
        states = (CaseState.WAITING, CaseState.CLAIMED, CaseState.HELD)
        order = ("-urgent", "-tier", "opened_at", "seq")
        rows = self._rows(models.CaseRow, names, order, limit, state__in=list(states))
        return [row | {"free": row["claimed_until"] is None or row["claimed_until"] <= now} for row in rows]

    def appeals(self, limit: int = 50) -> list[Row]:
        """Return the open appeals: time-critical ones first, then by the hour that was promised."""
        names = (
            "state",
            "decision",
            "appellant",
            "lodged_at",
            "promised_at",
            "time_critical",
            "reviewer",
            "reference",
        )
        states = (AppealState.LODGED, AppealState.UNDER_REVIEW)
        order = ("-time_critical", "promised_at", "seq")
        return self._rows(models.AppealRow, names, order, limit, state__in=list(states))

    def case_view(self, id: str) -> Row:
        """Return a case with its reports, decisions and journal.

        Raises: NotFound.
        """
        with self.store.read() as view:
            case = self._one(models.CaseRow, id, "case")
            reports = self._rows(
                models.ReportRow, ("state", "intake", "received_at", "number"), ("seq",), case=id
            )
            names = (
                "state",
                "outcome",
                "cause",
                "proposer",
                "approver",
                "commit_at",
                "decided_at",
                "reference",
            )
            decisions = self._rows(models.DecisionRow, names, ("seq",), case=id)
            return {**case, "reported": reports, "decisions": decisions, "journal": view.journal(id)}

    def decision_view(self, id: str) -> Row:
        """Return a decision with all that follows from it, and its journal.

        Raises: NotFound.
        """
        with self.store.read() as view:
            decision = self._one(models.DecisionRow, id, "decision")
            parts = {
                "restrictions": (models.RestrictionRow, ("measure", "until", "number", "subject")),
                "enforcements": (
                    models.EnforcementRow,
                    ("state", "measure", "until", "number", "attempts", "observed"),
                ),
                "statements": (
                    models.StatementRow,
                    ("state", "filing", "served_at", "window_until", "reference"),
                ),
                "appeals": (models.AppealRow, ("state", "appellant", "promised_at", "reviewer", "reference")),
            }
            found = {
                name: self._rows(model, names, ("seq",), decision=id)
                for name, (model, names) in parts.items()
            }
            return {
                **decision,
                **found,
                "log_index": view.log.index_of(decision["leaf"]),
                "journal": view.journal(id),
            }

    def open_enforcements(self, limit: int = 100) -> list[Row]:
        """Return the enforcements that wait for a platform or a moderator, oldest first."""
        states = [
            EnforcementState.PENDING,
            EnforcementState.LIFTING,
            EnforcementState.FAILED,
            EnforcementState.DRIFTED,
            EnforcementState.STUCK,
        ]
        names = (
            "state",
            "decision",
            "subject",
            "platform",
            "measure",
            "until",
            "number",
            "attempts",
            "ordered_at",
        )
        return self._rows(models.EnforcementRow, names, ("seq",), limit, state__in=states)

    def dead_jobs(self, limit: int = 100) -> list[jobs.Job]:
        """Return the jobs that were given up, oldest first."""
        with self.store.read() as view, told_as_ours():
            return jobs.with_state(view.alias, jobs.DEAD, limit)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many records there are: kind -> state -> number, all states of a machine named."""
        with self.store.read() as view, told_as_ours():
            counted: dict[str, dict[str, int]] = {}
            for table in TABLES:
                machine = table.machines.get("state")
                rows = QuerySet(table.model, using=view.alias)
                if machine is None:
                    counted[table.kind] = {"all": rows.count()}
                    continue
                found = dict(rows.order_by().values_list("state").annotate(Count("seq")))
                counted[table.kind] = {
                    str(state): found.get(str(state), 0) for state in LIFECYCLES[machine].turn
                }
            waiting = (
                QuerySet(models.JobRow, using=view.alias)
                .order_by()
                .values_list("state")
                .annotate(Count("seq"))
            )
            head = view.log.state()
            return counted | {"job": dict(waiting), "log": {"leaves": head.size, "queued": view.log.queued()}}

    # --- inside ---

    def _one(self, model: type[models.Record], id: str, kind: str) -> Row:
        names = [
            f.name
            for f in model._meta.concrete_fields
            if f.name not in ("seq", "body", "body_version", "rid")
        ]
        found = self._rows(model, tuple(names), ("seq",), 1, rid=id)
        if not found:
            raise NotFound(f"there is no {kind} {id}")
        return found[0]

    def _rows(
        self,
        model: type[models.Record],
        names: tuple[str, ...],
        order: tuple[str, ...],
        limit: int | None = None,
        **where: Any,
    ) -> list[Row]:
        with self.store.read() as view, told_as_ours():
            rows = (
                QuerySet(model, using=view.alias)
                .filter(**where)
                .order_by(*order)
                .values("rid", *names)[:limit]
            )
            return [{"id": row.pop("rid"), **row} for row in rows]
