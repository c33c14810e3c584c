"""Guarantee 12 on the page of the person concerned: files and publications go with their person, links lie nowhere."""

from django.core.files.uploadedfile import SimpleUploadedFile

from showcause.domain.publication import Publication
from tests.web.conftest import stand
from tests.web.person.letters import suspended
from tests.web.stand import Stand

__all__ = ["stand"]


def test_with_a_person_their_page_their_files_and_what_they_published_are_forgotten(
    stand: Stand,  # the fixture
) -> None:
    decision, path = suspended(stand)
    words = SimpleUploadedFile("diary of sam.txt", b"the words of sam")
    stand.client.post(f"{path}/appeal", {"text": "See my file.", "files": words})
    stand.house.work()
    stand.client.post(f"{path}/publish", {"field": ["measure", "name"], "language": "en"})
    [published] = stand.house.all(Publication)
    database = stand.house.folder / "showcause.db"
    held = b"".join(each.read_bytes() for each in database.parent.glob("showcause.db*"))
    for private in (b"the words of sam", b"diary of sam", b"See my file", path.removeprefix("/s/").encode()):
        assert private not in held
    person = stand.house.statement_of(decision).person
    stand.house.store.keys.forget(person)
    assert stand.client.get(path).status_code == 410
    stand.house.run(lambda tx, now, ids: tx.drop_forgotten([person]))
    assert stand.client.get(path).status_code == 410
    assert stand.client.get(f"/p/{published.id}").status_code == 410
