"""Whether the house says how it is: the health page, and counts that a monitoring program can read."""

import re

from showcause.casework import api_keys
from showcause.domain.api_key import Scope
from showcause.store import event_pieces, verdicts
from showcause.store.event_pieces import Piece
from showcause.store.events import Offered
from showcause.store.verdicts import Reached
from showcause.web.house import house
from showcause.web.measuring import door_of
from tests.house import PLATFORM
from tests.web.stand import Served, Stand

LINE = re.compile(
    r'(?:# (?:HELP|TYPE) showcause_[a-z_]+ .+|showcause_[a-z_]+(?:\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? '
    r"[0-9.e+-]+)"
)


def counted(stand: Stand, *scopes: Scope) -> str:
    _, key = stand.house.run(api_keys.add, f"watch-{len(scopes)}", scopes or (Scope.METRICS,), None, "ada")
    answer = stand.client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {key}")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return answer.content.decode()


def test_a_house_that_works_says_so_to_anybody_and_says_nothing_else(stand: Stand) -> None:
    answer = stand.client.get("/healthz", HTTP_HOST="10.0.0.1")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "worker": 0}


def test_a_fenced_log_is_said(stand: Stand) -> None:
    with stand.house.store.transaction(stand.house.now) as tx:
        tx.log.fence()
    answer = stand.client.get("/healthz")
    assert (answer.status_code, answer.json()["codes"]) == (503, ["fenced"])


def judged(stand: Stand, upto: int, taken: int) -> None:
    """Have so many events taken, and judged up to one."""
    offered = [Offered(PLATFORM, f"{number}", None, b"{}") for number in range(taken)]
    house().intake.log.append(offered, stand.house.now)
    place = Reached(upto, 1, 0, "counters", "rules", "told", 0, "link")
    stand.house.run(lambda tx, now, ids: verdicts.move(tx, PLATFORM, None, place))


def test_how_far_judging_is_behind_and_that_it_stopped_is_said(stand: Stand) -> None:
    judged(stand, 3, 5)
    assert stand.client.get("/healthz").json() == {"ok": True, "worker": 0, "waiting": 2}
    served = house().site
    assert isinstance(served, Served)
    served.stopped[PLATFORM] = "broken"
    answer = stand.client.get("/healthz")
    assert (answer.status_code, answer.json()["codes"]) == (503, ["judging-stopped"])
    text = counted(stand)
    assert [line for line in text.splitlines() if not LINE.fullmatch(line)] == []
    whose = f'{{platform="{PLATFORM}"}}'
    lines = (f"events_judged{whose} 3", f"events_waiting{whose} 2", f"judging_stopped{whose} 1")
    for line in (*lines, 'events{part="taken"} 5', 'events{part="missing"} 0'):
        assert f"\nshowcause_{line}\n" in text


def test_the_last_day_whose_events_lie_in_the_history_is_said(stand: Stand) -> None:
    at = 1_772_366_400_000_000
    piece = Piece(PLATFORM, 0, 5, at, at + 5, "ab" * 32, "a.parquet", "cd" * 32, 9, 5, 0, at)
    with house().intake.log.changing() as run:
        event_pieces.add(run, piece)
    assert stand.client.get("/healthz").json() == {"ok": True, "worker": 0, "moved_until": "2026-03-01"}


def test_that_a_nights_sample_of_verdicts_differs_is_said(stand: Stand) -> None:
    served = house().site
    assert isinstance(served, Served)
    served.differing += ("812.flood.5f2a9c81d0ab",)
    answer = stand.client.get("/healthz")
    assert (answer.status_code, answer.json()["codes"]) == (503, ["verdicts-differ"])
    assert "flood" not in answer.content.decode()


def test_missing_events_are_said(stand: Stand) -> None:
    judged(stand, 9, 5)
    answer = stand.client.get("/healthz")
    assert (answer.status_code, answer.json()["codes"]) == (503, ["events-missing"])
    assert 'showcause_events{part="missing"} 4' in counted(stand)


def test_counts_need_a_key_that_has_the_scope(stand: Stand) -> None:
    assert stand.client.get("/metrics").status_code == 401
    _, key = stand.house.run(api_keys.add, "cases", (Scope.CASES,), PLATFORM, "ada")
    assert stand.client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {key}").status_code == 403


def test_every_line_of_the_counts_is_in_form_and_a_histogram_adds_up(stand: Stand) -> None:
    stand.house.report(stand.house.account("mallory"))
    stand.client.get("/s/" + "A" * 44)
    text = counted(stand)
    assert [line for line in text.splitlines() if not LINE.fullmatch(line)] == []
    assert 'showcause_records{kind="case",state="waiting"} 1' in text
    assert "showcause_log_fenced 0" in text
    assert f'showcause_log{{part="entries"}} {stand.house.log_size()}' in text
    kinds = re.findall(r"# TYPE (\S+)", text)
    assert len(kinds) == len(set(kinds))
    whole = re.search(r'request_seconds_bucket\{door="s",status="4xx",le="\+Inf"\} (\d+)', text)
    count = re.search(r'request_seconds_count\{door="s",status="4xx"\} (\d+)', text)
    assert whole
    assert count
    assert whole[1] == count[1]
    assert "A" * 44 not in text


def test_what_a_limit_refused_is_counted(stand: Stand) -> None:
    for _ in range(21):
        stand.client.post("/accounts/login/", {"login": "nobody", "password": "wrong"})
    assert 'showcause_limit_refused_total{limit="login"}' in counted(stand)


def test_a_door_is_never_an_address() -> None:
    assert [door_of(path) for path in ("/", "/s/token", "/nobody", "//s")] == ["home", "s", "other", "s"]
