"""Where a law demands it, it is kept from where a comment was sent: sealed, and only where the settings say so."""

from dataclasses import replace

from showcause.casework import identity, staffing
from showcause.domain.people import Role
from showcause.domain.subject import SubjectRecord
from showcause.web.configuration import serve_house
from tests.web.comments.paper import Paper


def kept(paper: Paper) -> list[SubjectRecord]:
    return [each for each in paper.stand.house.all(SubjectRecord) if each.identity is not None]


def test_usually_it_is_not_kept_from_where_somebody_writes(paper: Paper) -> None:
    assert paper.send("A thought.").status_code == 302
    assert kept(paper) == []


def test_where_the_settings_name_days_it_is_kept_sealed(paper: Paper) -> None:
    house = paper.stand.house
    serve_house(replace(paper.stand.pages, identity_days=365))
    assert paper.send("A thought.").status_code == 302
    [record] = kept(paper)
    house.run(staffing.add_moderator, "sam", (Role.SENIOR,), "ada")
    [seen] = house.run(identity.read, record.id, "sam")
    assert seen.address == "127.0.0.1"
