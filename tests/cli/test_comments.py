"""A comment section by command line: made with its rules, its newspaper's keys, and its people forgotten."""

import json
import shutil
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from showcause.casework import author_contacts, identity
from showcause.casework.contacts import contact_of
from showcause.casework.reading import subject_of
from showcause.comments import articles, authors, posting, threads
from showcause.comments.opening import open_section
from showcause.comments.section import Section
from showcause.comments.states import CommentState
from showcause.comments.values import Author, Comment, Draft, Mode, SectionSettings
from showcause.compose import Wiring
from showcause.domain.errors import Forgotten
from showcause.domain.subject import Subject, SubjectKind, SubjectRecord
from showcause.transparency.leaf import decode
from tests.cli.house import ORIGIN, House
from tests.comments.test_arriving import ITEM, WXR, comment
from tests.house import fresh_id

SITE = "https://courrier.example"
NAME, WORDS = "Quixotine Quark", "perambulating marmalade"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A site with a comment section and one person."""
    made = House(tmp_path_factory.mktemp("template") / "home")
    made.run("init", "--origin", ORIGIN, "--contact", "desk@example.org", "--operator", "ada")
    made.run("connect", "comments", "courrier", "--origin", SITE, "--staff", "La Rédaction", "--as", "ada")
    return made


@pytest.fixture
def house(template: House, tmp_path: Path) -> House:
    """A copy of the site for this test alone."""
    return House(Path(shutil.copytree(template.home, tmp_path / "home")))


def opened(house: House) -> Section:
    """Open the section as its pages do."""
    key = bytes.fromhex((house.home / "secrets" / "courrier" / "section.key").read_text())
    settings = SectionSettings(origins=(SITE,), mode=Mode.AFTER)
    return open_section(f"sqlite:///{house.home / 'comments.db'}", "courrier", key, settings)


def written(house: House, name: str = NAME, words: str = WORDS) -> tuple[Author, Comment]:
    """Let somebody write under an article."""
    section = opened(house)
    article = articles.meet(section, house.now, fresh_id, key="strike", address=f"{SITE}/strike")
    author = authors.guest(section, house.now, fresh_id, name, "somebody@reader.example")
    comment = posting.post(section, house.now, fresh_id, Draft(article, author, words, fresh_id()))
    section.close()
    return author, comment


def test_a_section_is_made_with_its_rules_and_acts_at_once(house: House) -> None:
    [written] = tomllib.loads((house.home / "config.toml").read_text())["platform"]
    assert written == {
        "name": "courrier", "kind": "comments", "mode": "enforce", "origins": SITE, "staff": "La Rédaction",
    }  # fmt: skip
    in_force = {each["clause"] for each in house.json("policies", "list") if each["state"] == "in-force"}
    assert {"comments.insult@1", "comments.off-topic@1", "safety.hate@1"} <= in_force
    doctor = json.loads(house.try_("doctor", "--json").stdout)
    wrong = [each["name"] for each in doctor["checks"] if not each["ok"]]
    assert wrong == ["moderators"], "one person works here; nothing else is missing"


def test_a_site_has_one_section_and_needs_a_site_to_stand_on(house: House) -> None:
    second = house.try_("connect", "comments", "gazette", "--origin", SITE, "--as", "ada")
    assert (second.exit_code, "has a comment section already" in second.stderr) == (1, True)
    for origin in ("courrier.example", "https://courrier.example/a", "javascript:alert(1)"):
        refused = house.try_("connect", "comments", "other", "--origin", origin, "--as", "ada")
        assert refused.exit_code == 1
    text = (house.home / "config.toml").read_text()
    (house.home / "config.toml").write_text(text + '\n[[platform]]\nname = "b"\nkind = "comments"\n')
    assert "one comment section" in house.try_("platform", "list").stderr


def test_where_others_work_the_rules_are_only_proposed(tmp_path: Path) -> None:
    house = House(tmp_path / "home")
    both = ("--operator", "ada", "--operator", "ben")
    house.run("init", "--origin", ORIGIN, "--contact", "desk@example.org", *both)
    said = house.run("connect", "comments", "courrier", "--origin", SITE, "--as", "ada")
    assert "policies approve" in said
    proposed = [each for each in house.json("policies", "list") if each["state"] == "proposed"]
    assert len(proposed) == 7


def test_keys_of_the_newspaper_are_added_and_retired(house: House, tmp_path: Path) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    file = tmp_path / "paper.pem"
    file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    kid = house.one("comments", "keys", "add", str(file), "--as", "ada")["kid"]
    assert house.try_("comments", "keys", "add", str(file), "--as", "nobody").exit_code == 1
    house.run("comments", "keys", "retire", kid, "--as", "ada")
    [held] = house.json("comments", "keys", "list")
    assert (held["kid"], held["public"], bool(held["retired_at"])) == (
        kid,
        public.public_bytes_raw().hex(),
        True,
    )
    assert house.try_("comments", "keys", "add", str(file), "--as", "ada").exit_code == 1


def test_forgetting_reaches_an_author_of_whom_nothing_else_is_kept(house: House) -> None:
    author, comment = written(house)
    who = ("forget", "courrier", "account", author.id)
    assert house.try_(*who, "--as", "ada").exit_code == 1, "it is final, so it is asked for twice"
    house.run(*who, "--yes", "--as", "ada")
    section = opened(house)
    assert threads.by_id(section, comment.id).state is CommentState.ERASED
    section.close()
    for path in house.home.rglob("*"):
        if path.is_file():
            assert WORDS.encode() not in path.read_bytes(), path
            assert NAME.encode() not in path.read_bytes(), path
    assert author.id in (house.home / "keys" / "comments.erased").read_text()


def test_who_wrote_under_several_names_with_one_address_is_forgotten_under_all_of_them(house: House) -> None:
    section, address = opened(house), "quixotine@reader.example"
    site, accounts = Wiring().moved(lambda: house.now).open(house.home), list[Subject]()
    for name in (NAME, "Sancha"):
        author = authors.guest(section, house.now, fresh_id, name, address)
        accounts.append(Subject("courrier", SubjectKind.ACCOUNT, author.id))
        site.runner.run(author_contacts.introduce, accounts[-1], address, "en", None)
        authors.confirm(section, house.now, authors.confirmation(section, house.now, author))
    with site.store.read(house.now) as view:
        held = [each.id for each in view.find(SubjectRecord)]
    site.close()
    section.close()
    told = house.one("forget", "courrier", "account", accounts[1].ref, "--yes", "--as", "ada")
    assert told["emptied"] == 4, "of each author the name and the address"
    site = Wiring().moved(lambda: house.now).open(house.home)
    with site.store.read(house.now) as view:
        for record in view.find(SubjectRecord, id=tuple(held)):
            with pytest.raises(Forgotten):
                subject_of(view, record.id)
    site.close()


def test_comments_of_another_system_come_in_and_go_out_by_command(house: House, tmp_path: Path) -> None:
    item = ITEM.replace("https://courrier.example", SITE)
    given = comment(7, comment_author=NAME, comment_author_email="quixotine@reader.example") + comment(
        8, comment_approved="spam"
    )
    file = tmp_path / "export.xml"
    file.write_text(WXR.format(items=item.format(comments=given)), encoding="utf-8")
    told = house.one("comments", "import", "wordpress", str(file), "--language", "fr", "--as", "ada")
    assert (told["new"], told["misfits"]) == (1, {"spam": 1})
    assert house.one("comments", "import", "wordpress", str(file), "--as", "ada")["known"] == 1
    out = tmp_path / "out.ndjson"
    house.run("comments", "export", str(out), "--as", "ada")
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line["name"] for line in lines if line["kind"] == "comment"] == [NAME]
    assert "reader.example" not in out.read_text("utf-8")
    assert out.stat().st_mode & 0o077 == 0
    key = b"quixotine@reader.example"
    files = [each for each in house.home.rglob("*") if each.is_file()]
    assert files
    assert [each.name for each in files if key in each.read_bytes()] == []
    [author] = [line["id"] for line in lines if line["kind"] == "author"]
    with closing(Wiring().open(house.home)) as site, site.store.read() as view:
        [record] = [each for each in view.find(SubjectRecord) if each.contact]
        assert subject_of(view, record.id) == Subject("courrier", SubjectKind.ACCOUNT, author)
        assert contact_of(view, record.id) == "quixotine@reader.example"


def test_nobody_but_an_operator_moves_comments(house: House, tmp_path: Path) -> None:
    house.run("moderator", "add", "mona", "--role", "moderator", "--as", "ada")
    refused = house.try_("comments", "export", str(tmp_path / "out.ndjson"), "--as", "mona")
    assert refused.exit_code != 0
    assert "operator" in refused.stderr
    assert not (tmp_path / "out.ndjson").exists()


def test_a_lost_section_comes_back_and_who_was_forgotten_meanwhile_does_not(
    house: House, tmp_path: Path
) -> None:
    forgotten, gone = written(house)
    _, kept = written(house, "Ben Stone", "A bridge is a bridge.")
    copies, keys = tmp_path / "copies", tmp_path / "keys"
    house.run("backup", str(copies), "--keys", str(keys))
    assert (copies / "comments.db").stat().st_mode & 0o077 == 0
    house.run("forget", "courrier", "account", forgotten.id, "--yes", "--as", "ada")
    for file in [*house.home.glob("comments.db*"), *house.home.glob("main.db*")]:
        file.unlink()
    house.run("restore", str(copies))
    for path in house.home.glob("comments.db*"):
        assert WORDS.encode() not in path.read_bytes(), path
    section = opened(house)
    assert threads.by_id(section, kept.id).text == "A bridge is a bridge."
    assert threads.by_id(section, gone.id).state is CommentState.ERASED
    section.close()


def test_comments_that_are_here_are_newer_than_any_copy(house: House, tmp_path: Path) -> None:
    written(house)
    house.run("backup", str(tmp_path / "copies"))
    _, later = written(house, "Ben Stone", "Since then.")
    for file in house.home.glob("main.db*"):
        file.unlink()
    house.run("restore", str(tmp_path / "copies"))
    section = opened(house)
    assert threads.by_id(section, later.id).text == "Since then."
    section.close()


def test_identification_data_is_read_by_a_senior_alone_and_leaves_an_entry(house: House) -> None:
    author, _ = written(house)
    assert house.try_("comments", "identity", author.id, "--as", "ada").exit_code == 1, "nothing is kept"
    account = Subject("courrier", SubjectKind.ACCOUNT, author.id)
    site = Wiring().moved(lambda: house.now).open(house.home)
    site.runner.run(identity.keep, account, "203.0.113.77", 365)
    site.close()
    house.run("moderator", "add", "mo", "--as", "ada")
    assert house.try_("comments", "identity", author.id, "--as", "mo").exit_code == 1
    [seen] = house.json("comments", "identity", author.id, "--as", "ada")
    assert seen["address"] == "203.0.113.77"
    site = Wiring().moved(lambda: house.now).open(house.home)
    with site.store.read() as view:
        kinds = [decode(leaf).kind for leaf in view.log.leaves(0, view.log.state().size)]
    site.close()
    assert kinds[-1] == "unseal"
