"""The description of the API: OpenAPI 3.1, complete, true, and readable by people."""

import contextlib
import html
from collections import Counter
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from showcause.casework.event_schemas import declare
from showcause.rules.declared import Declaration
from showcause.rules.schema import Field, Schema, Type
from showcause.web.api.kinds import Sent, Told
from showcause.web.api.openapi import BY_THEIR_OWN_ID, document
from showcause.web.api.urls import API
from showcause.web.application import build
from tests.casework.judged_site import JudgedSite, post
from tests.house import PLATFORM
from tests.services.browser import Browser, check_page
from tests.web.api.program import Program, program, report
from tests.web.stand import Stand

SEED = 20260302
EXAMPLES = 20
OF_OTHERS = {"listOrders", "confirmOrder", "putRestrictions"}
"""Addresses that need a platform of another kind; their own tests look at their answers."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document(API)["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_openapi_3_1_and_every_operation_says_what_it_is(stand: Stand) -> None:
    described = stand.client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(ids)) == len(ids)
    for path, method, operation in operations():
        assert operation["summary"], path
        assert operation["description"], path
        assert path.startswith("/api/v1/")
        needed = {"400", "429", "500", "503"} | ({"401", "403"} if operation.get("security") else set())
        assert needed <= set(operation["responses"]), path
        takes_key = "Idempotency-Key" in {each["name"] for each in operation["parameters"]}
        assert takes_key == (method == "post" and operation["operationId"] not in BY_THEIR_OWN_ID), path


def test_no_two_kinds_of_value_share_a_name() -> None:
    models = [model for kind in (Sent, Told) for model in kind.__subclasses__()]
    for model in models:
        models.extend(model.__subclasses__())
    names = Counter(model.__name__ for model in models)
    assert [name for name, times in names.items() if times > 1] == []


def test_it_names_every_address_that_is_served() -> None:
    from showcause.web.api.urls import urlpatterns

    served = {str(each.pattern).replace("<", "{").replace(">", "}") for each in urlpatterns}
    named = {path.removeprefix("/api/v1/") for path, _, _ in operations()}
    assert served - named <= {"openapi.json", "docs", ""}
    assert named <= served


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_nothing_that_is_sent_ends_in_a_fault_of_ours_or_an_answer_that_is_not_described(
    stand: Stand, mode: GenerationMode
) -> None:
    calling = program(stand)
    known = records(stand, calling)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", build(stand.pages))
    answered: dict[str, Counter[int]] = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        codes = answered.setdefault(name, Counter())
        named = known.get(name) if mode is GenerationMode.POSITIVE else None

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def hold(case: Any) -> None:
            case.path_parameters = named or case.path_parameters  # noqa: B023 - called within this very turn
            answer = case.call(headers={"Authorization": f"Bearer {calling.text}"})
            codes[answer.status_code] += 1  # noqa: B023
            case.validate_response(answer, checks=CHECKS)

        with contextlib.suppress(Unsatisfiable):  # without parameters nothing can be wrong
            hold()
    assert sum(sum(codes.values()) for codes in answered.values()) > 10 * EXAMPLES
    if mode is GenerationMode.POSITIVE:
        never = {name for name, codes in answered.items() if not (codes[200] or codes[201])}
        assert never <= {"lodgeAppeal"} | OF_OTHERS, "an address of which no good answer was looked at"


def records(stand: Stand, calling: Program) -> dict[str, dict[str, str]]:
    """Make one record of each kind; return which parameters name it, by operation."""
    number = calling.post("/reports", report()).json()["number"]
    decision = stand.house.suspended()
    statement = stand.house.statement_of(decision)
    site = JudgedSite(stand.house)
    site.act({}, "night_links")
    site.happen([post()])
    site.judging.close()
    verdict = site.verdicts()[0].id
    stand.house.run(declare, PLATFORM, Declaration(Schema((Field("kind", Type.TEXT),))), "ada")
    appeal = calling.post("/appeals", {"reference": statement.reference, "text": "no"}).json()
    return {
        "getReport": {"number": number},
        "getCase": {"id": decision.case or ""},
        "getDecision": {"id": decision.id},
        "getProof": {"reference": statement.reference},
        "getReceipt": {"leaf": decision.leaf},
        "getAppeal": {"reference": appeal["reference"]},
        "whoElse": {"version": "night_links@1"},
        "compareVersions": {"version": "night_links@1", "before": "night_links@1"},
        **{name: {"id": verdict} for name in ("getVerdict", "explainVerdict", "replayVerdict")},
    }


def test_the_page_says_every_address_and_loads_nothing_from_elsewhere(stand: Stand) -> None:
    page = html.unescape(stand.client.get("/api/v1/docs").content.decode())
    for path, _, operation in operations():
        assert path in page
        assert operation["summary"] in page
    assert "https://cdn" not in page
    assert "<script" not in page
    french = stand.client.get("/api/v1/docs", HTTP_ACCEPT_LANGUAGE="fr").content.decode()
    assert "Pour les programmes" in french


def test_the_rules_in_force_and_the_start_need_no_key(stand: Stand) -> None:
    start = stand.client.get("/api/v1/").json()
    assert start["policies"].endswith("/api/v1/policies")
    items = stand.client.get("/api/v1/policies").json()["items"]
    assert [each["ref"] for each in items] == ["integrity.evasion@1", "integrity.spam@1", "safety.threats@1"]
    assert all(each["rule"]["fr"] and each["ladder"] for each in items)


@pytest.mark.browser
def test_the_page_is_accessible(site: Stand, browser: Browser) -> None:
    check_page(browser, site.address + "/api/v1/docs", "api-docs", widths=("phone",))
